CREATE TRIGGER refund_holder BEFORE UPDATE ON refunds WHEN COALESCE(OLD.holder_id, '') <> COALESCE(NEW.holder_id, '') BEGIN SELECT RAISE(ABORT, 'guard: a refund keeps its holder'); END
