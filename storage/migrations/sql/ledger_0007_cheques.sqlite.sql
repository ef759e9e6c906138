CREATE TRIGGER payment_cheque BEFORE UPDATE ON payments WHEN OLD.cheque <> NEW.cheque BEGIN SELECT RAISE(ABORT, 'guard: a cheque stays the one that was taken'); END
