CREATE TRIGGER feed_no_update BEFORE UPDATE ON feed WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: feed is append-only'); END

CREATE TRIGGER feed_no_delete BEFORE DELETE ON feed WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: feed is append-only'); END

CREATE TRIGGER provider_events_no_update BEFORE UPDATE ON provider_events WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: provider_events is append-only'); END

CREATE TRIGGER provider_events_no_delete BEFORE DELETE ON provider_events WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: provider_events is append-only'); END

CREATE TRIGGER receipts_no_update BEFORE UPDATE ON receipts WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: receipts is append-only'); END

CREATE TRIGGER receipts_no_delete BEFORE DELETE ON receipts WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: receipts is append-only'); END

CREATE TRIGGER book_series_from_one BEFORE INSERT ON book_series WHEN NEW.last_no <> 1 BEGIN SELECT RAISE(ABORT, 'guard: the register starts at one'); END

CREATE TRIGGER book_series_gapless BEFORE UPDATE ON book_series WHEN NEW.last_no <> OLD.last_no + 1 BEGIN SELECT RAISE(ABORT, 'guard: the register has no gap'); END

CREATE TRIGGER book_series_kept BEFORE DELETE ON book_series WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: the register is never deleted'); END
