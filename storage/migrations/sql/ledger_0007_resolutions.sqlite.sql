CREATE UNIQUE INDEX one_resolution ON resolutions (merchant_id, subject_id) WHERE status = 'done'

CREATE TRIGGER resolution_moves BEFORE UPDATE ON resolutions WHEN OLD.status <> NEW.status AND NOT ((OLD.status = 'asked' AND NEW.status IN ('done', 'refused'))) BEGIN SELECT RAISE(ABORT, 'guard: this resolution cannot move so'); END

CREATE TRIGGER resolution_facts BEFORE UPDATE ON resolutions WHEN OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.device_id <> NEW.device_id OR OLD.subject_id <> NEW.subject_id OR OLD.act <> NEW.act OR OLD.amount_minor <> NEW.amount_minor OR OLD.currency <> NEW.currency OR OLD.reason <> NEW.reason OR OLD.requested_by <> NEW.requested_by OR OLD.requested_at <> NEW.requested_at OR COALESCE(OLD.payment_id, '') <> COALESCE(NEW.payment_id, '') OR COALESCE(OLD.wallet_id, '') <> COALESCE(NEW.wallet_id, '') OR COALESCE(OLD.approved_by, '') <> COALESCE(NEW.approved_by, '') OR OLD.status = NEW.status OR NEW.revision <> OLD.revision + 1 BEGIN SELECT RAISE(ABORT, 'guard: a resolution''s facts never change'); END

CREATE TRIGGER resolution_kept BEFORE DELETE ON resolutions WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: a resolution is never deleted'); END
