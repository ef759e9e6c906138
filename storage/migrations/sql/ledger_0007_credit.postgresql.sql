CREATE FUNCTION guard_refund_holder() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF COALESCE(OLD.holder_id, '') <> COALESCE(NEW.holder_id, '') THEN RAISE EXCEPTION 'guard: a refund keeps its holder'; END IF; RETURN NEW; END $$

CREATE TRIGGER refund_holder BEFORE UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION guard_refund_holder()
