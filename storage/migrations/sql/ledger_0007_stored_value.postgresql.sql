CREATE FUNCTION guard_posting_of_holder() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT a.control FROM accounts a WHERE a.merchant_id = NEW.merchant_id AND a.id = NEW.account_id) = 'stored_value' AND NOT EXISTS (SELECT 1 FROM vouchers v JOIN holders h ON h.merchant_id = v.merchant_id AND h.id = v.holder_id WHERE v.merchant_id = NEW.merchant_id AND v.id = NEW.voucher_id) THEN RAISE EXCEPTION 'guard: stored value is always somebody''s'; END IF; RETURN NEW; END $$

CREATE TRIGGER posting_of_holder BEFORE INSERT ON postings FOR EACH ROW EXECUTE FUNCTION guard_posting_of_holder()

CREATE FUNCTION guard_payment_holder() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF COALESCE(OLD.holder_id, '') <> COALESCE(NEW.holder_id, '') THEN RAISE EXCEPTION 'guard: a payment keeps its holder'; END IF; RETURN NEW; END $$

CREATE TRIGGER payment_holder BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION guard_payment_holder()

CREATE FUNCTION guard_holder_facts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.phone <> NEW.phone OR OLD.created_by <> NEW.created_by OR OLD.created_at <> NEW.created_at THEN RAISE EXCEPTION 'guard: a holder keeps their phone number'; END IF; RETURN NEW; END $$

CREATE TRIGGER holder_facts BEFORE UPDATE ON holders FOR EACH ROW EXECUTE FUNCTION guard_holder_facts()

CREATE FUNCTION guard_holder_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: a holder is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER holder_kept BEFORE DELETE ON holders FOR EACH ROW EXECUTE FUNCTION guard_holder_kept()
