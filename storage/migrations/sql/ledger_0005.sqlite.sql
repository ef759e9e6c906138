DROP TRIGGER payment_facts

CREATE TRIGGER payment_facts BEFORE UPDATE ON payments WHEN OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.reference <> NEW.reference OR OLD.amount_minor <> NEW.amount_minor OR OLD.currency <> NEW.currency OR OLD.method <> NEW.method OR OLD.created_at <> NEW.created_at OR OLD.device_id <> NEW.device_id OR OLD.bill_id <> NEW.bill_id OR OLD.bill_minor <> NEW.bill_minor OR NEW.revision <> OLD.revision + 1 OR NEW.received_minor < OLD.received_minor BEGIN SELECT RAISE(ABORT, 'guard: a payment''s facts never change'); END
