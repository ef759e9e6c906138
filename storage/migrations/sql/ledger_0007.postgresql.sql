DROP TRIGGER payment_facts ON payments

DROP FUNCTION guard_payment_facts()

CREATE FUNCTION guard_payment_facts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.reference <> NEW.reference OR OLD.currency <> NEW.currency OR OLD.method <> NEW.method OR OLD.provider <> NEW.provider OR OLD.created_at <> NEW.created_at OR OLD.device_id <> NEW.device_id OR OLD.bill_id <> NEW.bill_id OR OLD.option <> NEW.option OR OLD.capture <> NEW.capture OR NEW.revision <> OLD.revision + 1 OR NEW.received_minor < OLD.received_minor OR ((OLD.amount_minor <> NEW.amount_minor OR OLD.bill_minor <> NEW.bill_minor) AND NOT (OLD.capture = 0 AND OLD.received_minor = 0 AND NEW.status = 'paid' AND NEW.amount_minor < OLD.amount_minor AND NEW.received_minor >= NEW.amount_minor AND OLD.bill_minor - NEW.bill_minor = OLD.amount_minor - NEW.amount_minor)) THEN RAISE EXCEPTION 'guard: a payment''s facts never change'; END IF; RETURN NEW; END $$

CREATE TRIGGER payment_facts BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION guard_payment_facts()
