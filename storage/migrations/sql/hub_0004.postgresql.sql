CREATE FUNCTION guard_accounts_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: accounts is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER accounts_whole BEFORE TRUNCATE ON accounts FOR EACH STATEMENT EXECUTE FUNCTION guard_accounts_whole()

CREATE FUNCTION guard_audit_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: audit is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER audit_whole BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION guard_audit_whole()

CREATE FUNCTION guard_book_numbers_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: book_numbers is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER book_numbers_whole BEFORE TRUNCATE ON book_numbers FOR EACH STATEMENT EXECUTE FUNCTION guard_book_numbers_whole()

CREATE FUNCTION guard_book_series_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: book_series is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER book_series_whole BEFORE TRUNCATE ON book_series FOR EACH STATEMENT EXECUTE FUNCTION guard_book_series_whole()

CREATE FUNCTION guard_categories_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: categories is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER categories_whole BEFORE TRUNCATE ON categories FOR EACH STATEMENT EXECUTE FUNCTION guard_categories_whole()

CREATE FUNCTION guard_devices_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: devices is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER devices_whole BEFORE TRUNCATE ON devices FOR EACH STATEMENT EXECUTE FUNCTION guard_devices_whole()

CREATE FUNCTION guard_feed_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: feed is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER feed_whole BEFORE TRUNCATE ON feed FOR EACH STATEMENT EXECUTE FUNCTION guard_feed_whole()

CREATE FUNCTION guard_merchants_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: merchants is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER merchants_whole BEFORE TRUNCATE ON merchants FOR EACH STATEMENT EXECUTE FUNCTION guard_merchants_whole()

CREATE FUNCTION guard_payment_events_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: payment_events is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER payment_events_whole BEFORE TRUNCATE ON payment_events FOR EACH STATEMENT EXECUTE FUNCTION guard_payment_events_whole()

CREATE FUNCTION guard_payment_transactions_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: payment_transactions is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER payment_transactions_whole BEFORE TRUNCATE ON payment_transactions FOR EACH STATEMENT EXECUTE FUNCTION guard_payment_transactions_whole()

CREATE FUNCTION guard_payments_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: payments is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER payments_whole BEFORE TRUNCATE ON payments FOR EACH STATEMENT EXECUTE FUNCTION guard_payments_whole()

CREATE FUNCTION guard_postings_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: postings is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER postings_whole BEFORE TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION guard_postings_whole()

CREATE FUNCTION guard_provider_events_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: provider_events is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER provider_events_whole BEFORE TRUNCATE ON provider_events FOR EACH STATEMENT EXECUTE FUNCTION guard_provider_events_whole()

CREATE FUNCTION guard_receipts_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: receipts is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER receipts_whole BEFORE TRUNCATE ON receipts FOR EACH STATEMENT EXECUTE FUNCTION guard_receipts_whole()

CREATE FUNCTION guard_series_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: series is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER series_whole BEFORE TRUNCATE ON series FOR EACH STATEMENT EXECUTE FUNCTION guard_series_whole()

CREATE FUNCTION guard_vouchers_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: vouchers is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER vouchers_whole BEFORE TRUNCATE ON vouchers FOR EACH STATEMENT EXECUTE FUNCTION guard_vouchers_whole()
