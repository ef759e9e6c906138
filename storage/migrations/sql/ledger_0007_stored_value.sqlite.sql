CREATE TRIGGER posting_of_holder BEFORE INSERT ON postings WHEN (SELECT a.control FROM accounts a WHERE a.merchant_id = NEW.merchant_id AND a.id = NEW.account_id) = 'stored_value' AND NOT EXISTS (SELECT 1 FROM vouchers v JOIN holders h ON h.merchant_id = v.merchant_id AND h.id = v.holder_id WHERE v.merchant_id = NEW.merchant_id AND v.id = NEW.voucher_id) BEGIN SELECT RAISE(ABORT, 'guard: stored value is always somebody''s'); END

CREATE TRIGGER payment_holder BEFORE UPDATE ON payments WHEN COALESCE(OLD.holder_id, '') <> COALESCE(NEW.holder_id, '') BEGIN SELECT RAISE(ABORT, 'guard: a payment keeps its holder'); END

CREATE TRIGGER holder_facts BEFORE UPDATE ON holders WHEN OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.phone <> NEW.phone OR OLD.created_by <> NEW.created_by OR OLD.created_at <> NEW.created_at BEGIN SELECT RAISE(ABORT, 'guard: a holder keeps their phone number'); END

CREATE TRIGGER holder_kept BEFORE DELETE ON holders WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: a holder is never deleted'); END
