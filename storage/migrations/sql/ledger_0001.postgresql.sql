CREATE FUNCTION guard_voucher_born_draft() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.status <> 'DRAFT' THEN RAISE EXCEPTION 'guard: a voucher is issued by an update'; END IF; RETURN NEW; END $$

CREATE TRIGGER voucher_born_draft BEFORE INSERT ON vouchers FOR EACH ROW EXECUTE FUNCTION guard_voucher_born_draft()

CREATE FUNCTION guard_voucher_issued_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.status = 'DRAFT' AND NEW.status = 'ISSUED' AND (NEW.number IS NULL OR NEW.hash IS NULL OR NEW.chain_seq IS NULL OR (SELECT COALESCE(SUM(CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END), 1) FROM postings p WHERE p.merchant_id = NEW.merchant_id AND p.voucher_id = NEW.id) <> 0 OR (SELECT COUNT(*) FROM postings p WHERE p.merchant_id = NEW.merchant_id AND p.voucher_id = NEW.id) < 2 OR (SELECT COALESCE(SUM(CASE p.side WHEN 'D' THEN p.amount_minor ELSE 0 END), 0) FROM postings p WHERE p.merchant_id = NEW.merchant_id AND p.voucher_id = NEW.id) <> NEW.total_minor) THEN RAISE EXCEPTION 'guard: an unbalanced or unnumbered voucher is not issued'; END IF; RETURN NEW; END $$

CREATE TRIGGER voucher_issued_whole BEFORE UPDATE ON vouchers FOR EACH ROW EXECUTE FUNCTION guard_voucher_issued_whole()

CREATE FUNCTION guard_voucher_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.status = 'ISSUED' THEN RAISE EXCEPTION 'guard: an issued voucher never changes'; END IF; RETURN NEW; END $$

CREATE TRIGGER voucher_final BEFORE UPDATE ON vouchers FOR EACH ROW EXECUTE FUNCTION guard_voucher_final()

CREATE FUNCTION guard_voucher_currency() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.currency <> NEW.currency THEN RAISE EXCEPTION 'guard: a voucher keeps its currency'; END IF; RETURN NEW; END $$

CREATE TRIGGER voucher_currency BEFORE UPDATE ON vouchers FOR EACH ROW EXECUTE FUNCTION guard_voucher_currency()

CREATE FUNCTION guard_voucher_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.status = 'ISSUED' THEN RAISE EXCEPTION 'guard: an issued voucher is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER voucher_kept BEFORE DELETE ON vouchers FOR EACH ROW EXECUTE FUNCTION guard_voucher_kept()

CREATE FUNCTION guard_posting_of_draft() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT v.status FROM vouchers v WHERE v.merchant_id = NEW.merchant_id AND v.id = NEW.voucher_id) <> 'DRAFT' THEN RAISE EXCEPTION 'guard: an issued voucher takes no more lines'; END IF; RETURN NEW; END $$

CREATE TRIGGER posting_of_draft BEFORE INSERT ON postings FOR EACH ROW EXECUTE FUNCTION guard_posting_of_draft()

CREATE FUNCTION guard_posting_in_currency() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT v.currency FROM vouchers v WHERE v.merchant_id = NEW.merchant_id AND v.id = NEW.voucher_id) <> (SELECT a.currency FROM accounts a WHERE a.merchant_id = NEW.merchant_id AND a.id = NEW.account_id) THEN RAISE EXCEPTION 'guard: a line is in its account''s currency'; END IF; RETURN NEW; END $$

CREATE TRIGGER posting_in_currency BEFORE INSERT ON postings FOR EACH ROW EXECUTE FUNCTION guard_posting_in_currency()

CREATE FUNCTION guard_posting_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: a line never changes'; END IF; RETURN NEW; END $$

CREATE TRIGGER posting_final BEFORE UPDATE ON postings FOR EACH ROW EXECUTE FUNCTION guard_posting_final()

CREATE FUNCTION guard_posting_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT v.status FROM vouchers v WHERE v.merchant_id = OLD.merchant_id AND v.id = OLD.voucher_id) = 'ISSUED' THEN RAISE EXCEPTION 'guard: a line of an issued voucher is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER posting_kept BEFORE DELETE ON postings FOR EACH ROW EXECUTE FUNCTION guard_posting_kept()

CREATE FUNCTION guard_payment_moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.status <> NEW.status AND NOT ((OLD.status = 'authorized' AND NEW.status IN ('cancelled', 'expired', 'failed', 'paid', 'unresolved')) OR (OLD.status = 'cancelled' AND NEW.status IN ('expired', 'failed', 'paid')) OR (OLD.status = 'created' AND NEW.status IN ('authorized', 'cancelled', 'expired', 'failed', 'paid', 'pending', 'unresolved')) OR (OLD.status = 'expired' AND NEW.status IN ('cancelled', 'failed', 'paid')) OR (OLD.status = 'failed' AND NEW.status IN ('cancelled', 'expired', 'paid')) OR (OLD.status = 'pending' AND NEW.status IN ('authorized', 'cancelled', 'expired', 'failed', 'paid', 'unresolved')) OR (OLD.status = 'unresolved' AND NEW.status IN ('authorized', 'cancelled', 'expired', 'failed', 'paid', 'pending'))) THEN RAISE EXCEPTION 'guard: this payment cannot move so'; END IF; RETURN NEW; END $$

CREATE TRIGGER payment_moves BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION guard_payment_moves()

CREATE FUNCTION guard_payment_facts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.reference <> NEW.reference OR OLD.amount_minor <> NEW.amount_minor OR OLD.currency <> NEW.currency OR OLD.method <> NEW.method OR OLD.created_at <> NEW.created_at OR OLD.device_id <> NEW.device_id OR NEW.revision <> OLD.revision + 1 OR NEW.received_minor < OLD.received_minor THEN RAISE EXCEPTION 'guard: a payment''s facts never change'; END IF; RETURN NEW; END $$

CREATE TRIGGER payment_facts BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION guard_payment_facts()

CREATE FUNCTION guard_payment_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: a payment is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER payment_kept BEFORE DELETE ON payments FOR EACH ROW EXECUTE FUNCTION guard_payment_kept()

CREATE FUNCTION guard_payment_events_no_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: payment_events is append-only'; END IF; RETURN NEW; END $$

CREATE TRIGGER payment_events_no_update BEFORE UPDATE ON payment_events FOR EACH ROW EXECUTE FUNCTION guard_payment_events_no_update()

CREATE FUNCTION guard_payment_events_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: payment_events is append-only'; END IF; RETURN OLD; END $$

CREATE TRIGGER payment_events_no_delete BEFORE DELETE ON payment_events FOR EACH ROW EXECUTE FUNCTION guard_payment_events_no_delete()

CREATE FUNCTION guard_transaction_moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.status <> NEW.status AND NOT ((OLD.status = 'pending' AND NEW.status IN ('failed', 'succeeded')) OR (OLD.status = 'processing' AND NEW.status IN ('failed', 'pending', 'succeeded'))) THEN RAISE EXCEPTION 'guard: this attempt cannot move so'; END IF; RETURN NEW; END $$

CREATE TRIGGER transaction_moves BEFORE UPDATE ON payment_transactions FOR EACH ROW EXECUTE FUNCTION guard_transaction_moves()

CREATE FUNCTION guard_transaction_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.status IN ('succeeded', 'failed') THEN RAISE EXCEPTION 'guard: a finished attempt never changes'; END IF; RETURN NEW; END $$

CREATE TRIGGER transaction_final BEFORE UPDATE ON payment_transactions FOR EACH ROW EXECUTE FUNCTION guard_transaction_final()

CREATE FUNCTION guard_transaction_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: an attempt is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER transaction_kept BEFORE DELETE ON payment_transactions FOR EACH ROW EXECUTE FUNCTION guard_transaction_kept()

CREATE FUNCTION guard_audit_no_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: audit is append-only'; END IF; RETURN NEW; END $$

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION guard_audit_no_update()

CREATE FUNCTION guard_audit_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: audit is append-only'; END IF; RETURN OLD; END $$

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION guard_audit_no_delete()

CREATE FUNCTION guard_book_numbers_no_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: book_numbers is append-only'; END IF; RETURN NEW; END $$

CREATE TRIGGER book_numbers_no_update BEFORE UPDATE ON book_numbers FOR EACH ROW EXECUTE FUNCTION guard_book_numbers_no_update()

CREATE FUNCTION guard_book_numbers_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: book_numbers is append-only'; END IF; RETURN OLD; END $$

CREATE TRIGGER book_numbers_no_delete BEFORE DELETE ON book_numbers FOR EACH ROW EXECUTE FUNCTION guard_book_numbers_no_delete()

CREATE FUNCTION guard_category_typed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.system_key <> '' AND (OLD.kind <> NEW.kind OR OLD.system_key <> NEW.system_key OR OLD.id <> NEW.id) THEN RAISE EXCEPTION 'guard: a system category keeps its kind'; END IF; RETURN NEW; END $$

CREATE TRIGGER category_typed BEFORE UPDATE ON categories FOR EACH ROW EXECUTE FUNCTION guard_category_typed()

CREATE FUNCTION guard_category_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.system_key <> '' THEN RAISE EXCEPTION 'guard: a system category is never removed'; END IF; RETURN OLD; END $$

CREATE TRIGGER category_kept BEFORE DELETE ON categories FOR EACH ROW EXECUTE FUNCTION guard_category_kept()

CREATE FUNCTION guard_account_facts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.type <> NEW.type OR OLD.currency <> NEW.currency OR OLD.created_at <> NEW.created_at OR NEW.entries < OLD.entries THEN RAISE EXCEPTION 'guard: an account keeps its type and its currency'; END IF; RETURN NEW; END $$

CREATE TRIGGER account_facts BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION guard_account_facts()

CREATE FUNCTION guard_account_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: an account is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER account_kept BEFORE DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION guard_account_kept()

CREATE FUNCTION guard_series_from_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.last_seq <> 1 THEN RAISE EXCEPTION 'guard: a series starts at one'; END IF; RETURN NEW; END $$

CREATE TRIGGER series_from_one BEFORE INSERT ON series FOR EACH ROW EXECUTE FUNCTION guard_series_from_one()

CREATE FUNCTION guard_series_gapless() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.last_seq <> OLD.last_seq + 1 THEN RAISE EXCEPTION 'guard: a series has no gap'; END IF; RETURN NEW; END $$

CREATE TRIGGER series_gapless BEFORE UPDATE ON series FOR EACH ROW EXECUTE FUNCTION guard_series_gapless()

CREATE FUNCTION guard_series_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: a series is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER series_kept BEFORE DELETE ON series FOR EACH ROW EXECUTE FUNCTION guard_series_kept()

CREATE FUNCTION guard_device_forward() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.voucher_seq < OLD.voucher_seq OR NEW.audit_seq < OLD.audit_seq OR NEW.reference_seq < OLD.reference_seq THEN RAISE EXCEPTION 'guard: a device''s chains and counters go forward'; END IF; RETURN NEW; END $$

CREATE TRIGGER device_forward BEFORE UPDATE ON devices FOR EACH ROW EXECUTE FUNCTION guard_device_forward()

CREATE FUNCTION guard_device_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: a device is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER device_kept BEFORE DELETE ON devices FOR EACH ROW EXECUTE FUNCTION guard_device_kept()

CREATE FUNCTION guard_merchant_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: a merchant is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER merchant_kept BEFORE DELETE ON merchants FOR EACH ROW EXECUTE FUNCTION guard_merchant_kept()
