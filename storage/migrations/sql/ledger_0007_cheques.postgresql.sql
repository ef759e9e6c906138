CREATE FUNCTION guard_payment_cheque() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.cheque <> NEW.cheque THEN RAISE EXCEPTION 'guard: a cheque stays the one that was taken'; END IF; RETURN NEW; END $$

CREATE TRIGGER payment_cheque BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION guard_payment_cheque()
