CREATE TRIGGER voucher_born_draft BEFORE INSERT ON vouchers WHEN NEW.status <> 'DRAFT' BEGIN SELECT RAISE(ABORT, 'guard: a voucher is issued by an update'); END

CREATE TRIGGER voucher_issued_whole BEFORE UPDATE ON vouchers WHEN OLD.status = 'DRAFT' AND NEW.status = 'ISSUED' AND (NEW.number IS NULL OR NEW.hash IS NULL OR NEW.chain_seq IS NULL OR (SELECT COALESCE(SUM(CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END), 1) FROM postings p WHERE p.merchant_id = NEW.merchant_id AND p.voucher_id = NEW.id) <> 0 OR (SELECT COUNT(*) FROM postings p WHERE p.merchant_id = NEW.merchant_id AND p.voucher_id = NEW.id) < 2 OR (SELECT COALESCE(SUM(CASE p.side WHEN 'D' THEN p.amount_minor ELSE 0 END), 0) FROM postings p WHERE p.merchant_id = NEW.merchant_id AND p.voucher_id = NEW.id) <> NEW.total_minor) BEGIN SELECT RAISE(ABORT, 'guard: an unbalanced or unnumbered voucher is not issued'); END

CREATE TRIGGER voucher_final BEFORE UPDATE ON vouchers WHEN OLD.status = 'ISSUED' BEGIN SELECT RAISE(ABORT, 'guard: an issued voucher never changes'); END

CREATE TRIGGER voucher_currency BEFORE UPDATE ON vouchers WHEN OLD.currency <> NEW.currency BEGIN SELECT RAISE(ABORT, 'guard: a voucher keeps its currency'); END

CREATE TRIGGER voucher_kept BEFORE DELETE ON vouchers WHEN OLD.status = 'ISSUED' BEGIN SELECT RAISE(ABORT, 'guard: an issued voucher is never deleted'); END

CREATE TRIGGER posting_of_draft BEFORE INSERT ON postings WHEN (SELECT v.status FROM vouchers v WHERE v.merchant_id = NEW.merchant_id AND v.id = NEW.voucher_id) <> 'DRAFT' BEGIN SELECT RAISE(ABORT, 'guard: an issued voucher takes no more lines'); END

CREATE TRIGGER posting_in_currency BEFORE INSERT ON postings WHEN (SELECT v.currency FROM vouchers v WHERE v.merchant_id = NEW.merchant_id AND v.id = NEW.voucher_id) <> (SELECT a.currency FROM accounts a WHERE a.merchant_id = NEW.merchant_id AND a.id = NEW.account_id) BEGIN SELECT RAISE(ABORT, 'guard: a line is in its account''s currency'); END

CREATE TRIGGER posting_final BEFORE UPDATE ON postings WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: a line never changes'); END

CREATE TRIGGER posting_kept BEFORE DELETE ON postings WHEN (SELECT v.status FROM vouchers v WHERE v.merchant_id = OLD.merchant_id AND v.id = OLD.voucher_id) = 'ISSUED' BEGIN SELECT RAISE(ABORT, 'guard: a line of an issued voucher is never deleted'); END

CREATE TRIGGER payment_moves BEFORE UPDATE ON payments WHEN OLD.status <> NEW.status AND NOT ((OLD.status = 'authorized' AND NEW.status IN ('cancelled', 'expired', 'failed', 'paid', 'unresolved')) OR (OLD.status = 'cancelled' AND NEW.status IN ('expired', 'failed', 'paid')) OR (OLD.status = 'created' AND NEW.status IN ('authorized', 'cancelled', 'expired', 'failed', 'paid', 'pending', 'unresolved')) OR (OLD.status = 'expired' AND NEW.status IN ('cancelled', 'failed', 'paid')) OR (OLD.status = 'failed' AND NEW.status IN ('cancelled', 'expired', 'paid')) OR (OLD.status = 'pending' AND NEW.status IN ('authorized', 'cancelled', 'expired', 'failed', 'paid', 'unresolved')) OR (OLD.status = 'unresolved' AND NEW.status IN ('authorized', 'cancelled', 'expired', 'failed', 'paid', 'pending'))) BEGIN SELECT RAISE(ABORT, 'guard: this payment cannot move so'); END

CREATE TRIGGER payment_facts BEFORE UPDATE ON payments WHEN OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.reference <> NEW.reference OR OLD.amount_minor <> NEW.amount_minor OR OLD.currency <> NEW.currency OR OLD.method <> NEW.method OR OLD.created_at <> NEW.created_at OR OLD.device_id <> NEW.device_id OR NEW.revision <> OLD.revision + 1 OR NEW.received_minor < OLD.received_minor BEGIN SELECT RAISE(ABORT, 'guard: a payment''s facts never change'); END

CREATE TRIGGER payment_kept BEFORE DELETE ON payments WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: a payment is never deleted'); END

CREATE TRIGGER payment_events_no_update BEFORE UPDATE ON payment_events WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: payment_events is append-only'); END

CREATE TRIGGER payment_events_no_delete BEFORE DELETE ON payment_events WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: payment_events is append-only'); END

CREATE TRIGGER transaction_moves BEFORE UPDATE ON payment_transactions WHEN OLD.status <> NEW.status AND NOT ((OLD.status = 'pending' AND NEW.status IN ('failed', 'succeeded')) OR (OLD.status = 'processing' AND NEW.status IN ('failed', 'pending', 'succeeded'))) BEGIN SELECT RAISE(ABORT, 'guard: this attempt cannot move so'); END

CREATE TRIGGER transaction_final BEFORE UPDATE ON payment_transactions WHEN OLD.status IN ('succeeded', 'failed') BEGIN SELECT RAISE(ABORT, 'guard: a finished attempt never changes'); END

CREATE TRIGGER transaction_kept BEFORE DELETE ON payment_transactions WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: an attempt is never deleted'); END

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: audit is append-only'); END

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: audit is append-only'); END

CREATE TRIGGER book_numbers_no_update BEFORE UPDATE ON book_numbers WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: book_numbers is append-only'); END

CREATE TRIGGER book_numbers_no_delete BEFORE DELETE ON book_numbers WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: book_numbers is append-only'); END

CREATE TRIGGER category_typed BEFORE UPDATE ON categories WHEN OLD.system_key <> '' AND (OLD.kind <> NEW.kind OR OLD.system_key <> NEW.system_key OR OLD.id <> NEW.id) BEGIN SELECT RAISE(ABORT, 'guard: a system category keeps its kind'); END

CREATE TRIGGER category_kept BEFORE DELETE ON categories WHEN OLD.system_key <> '' BEGIN SELECT RAISE(ABORT, 'guard: a system category is never removed'); END

CREATE TRIGGER account_facts BEFORE UPDATE ON accounts WHEN OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.type <> NEW.type OR OLD.currency <> NEW.currency OR OLD.created_at <> NEW.created_at OR NEW.entries < OLD.entries BEGIN SELECT RAISE(ABORT, 'guard: an account keeps its type and its currency'); END

CREATE TRIGGER account_kept BEFORE DELETE ON accounts WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: an account is never deleted'); END

CREATE TRIGGER series_from_one BEFORE INSERT ON series WHEN NEW.last_seq <> 1 BEGIN SELECT RAISE(ABORT, 'guard: a series starts at one'); END

CREATE TRIGGER series_gapless BEFORE UPDATE ON series WHEN NEW.last_seq <> OLD.last_seq + 1 BEGIN SELECT RAISE(ABORT, 'guard: a series has no gap'); END

CREATE TRIGGER series_kept BEFORE DELETE ON series WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: a series is never deleted'); END

CREATE TRIGGER device_forward BEFORE UPDATE ON devices WHEN NEW.voucher_seq < OLD.voucher_seq OR NEW.audit_seq < OLD.audit_seq OR NEW.reference_seq < OLD.reference_seq BEGIN SELECT RAISE(ABORT, 'guard: a device''s chains and counters go forward'); END

CREATE TRIGGER device_kept BEFORE DELETE ON devices WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: a device is never deleted'); END

CREATE TRIGGER merchant_kept BEFORE DELETE ON merchants WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: a merchant is never deleted'); END
