CREATE FUNCTION guard_feed_no_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: feed is append-only'; END IF; RETURN NEW; END $$

CREATE TRIGGER feed_no_update BEFORE UPDATE ON feed FOR EACH ROW EXECUTE FUNCTION guard_feed_no_update()

CREATE FUNCTION guard_feed_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: feed is append-only'; END IF; RETURN OLD; END $$

CREATE TRIGGER feed_no_delete BEFORE DELETE ON feed FOR EACH ROW EXECUTE FUNCTION guard_feed_no_delete()

CREATE FUNCTION guard_provider_events_no_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: provider_events is append-only'; END IF; RETURN NEW; END $$

CREATE TRIGGER provider_events_no_update BEFORE UPDATE ON provider_events FOR EACH ROW EXECUTE FUNCTION guard_provider_events_no_update()

CREATE FUNCTION guard_provider_events_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: provider_events is append-only'; END IF; RETURN OLD; END $$

CREATE TRIGGER provider_events_no_delete BEFORE DELETE ON provider_events FOR EACH ROW EXECUTE FUNCTION guard_provider_events_no_delete()

CREATE FUNCTION guard_receipts_no_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: receipts is append-only'; END IF; RETURN NEW; END $$

CREATE TRIGGER receipts_no_update BEFORE UPDATE ON receipts FOR EACH ROW EXECUTE FUNCTION guard_receipts_no_update()

CREATE FUNCTION guard_receipts_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: receipts is append-only'; END IF; RETURN OLD; END $$

CREATE TRIGGER receipts_no_delete BEFORE DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION guard_receipts_no_delete()

CREATE FUNCTION guard_book_series_from_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.last_no <> 1 THEN RAISE EXCEPTION 'guard: the register starts at one'; END IF; RETURN NEW; END $$

CREATE TRIGGER book_series_from_one BEFORE INSERT ON book_series FOR EACH ROW EXECUTE FUNCTION guard_book_series_from_one()

CREATE FUNCTION guard_book_series_gapless() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.last_no <> OLD.last_no + 1 THEN RAISE EXCEPTION 'guard: the register has no gap'; END IF; RETURN NEW; END $$

CREATE TRIGGER book_series_gapless BEFORE UPDATE ON book_series FOR EACH ROW EXECUTE FUNCTION guard_book_series_gapless()

CREATE FUNCTION guard_book_series_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: the register is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER book_series_kept BEFORE DELETE ON book_series FOR EACH ROW EXECUTE FUNCTION guard_book_series_kept()
