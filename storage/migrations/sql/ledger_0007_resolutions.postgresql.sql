CREATE UNIQUE INDEX one_resolution ON resolutions (merchant_id, subject_id) WHERE status = 'done'

CREATE FUNCTION guard_resolution_moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.status <> NEW.status AND NOT ((OLD.status = 'asked' AND NEW.status IN ('done', 'refused'))) THEN RAISE EXCEPTION 'guard: this resolution cannot move so'; END IF; RETURN NEW; END $$

CREATE TRIGGER resolution_moves BEFORE UPDATE ON resolutions FOR EACH ROW EXECUTE FUNCTION guard_resolution_moves()

CREATE FUNCTION guard_resolution_facts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.device_id <> NEW.device_id OR OLD.subject_id <> NEW.subject_id OR OLD.act <> NEW.act OR OLD.amount_minor <> NEW.amount_minor OR OLD.currency <> NEW.currency OR OLD.reason <> NEW.reason OR OLD.requested_by <> NEW.requested_by OR OLD.requested_at <> NEW.requested_at OR COALESCE(OLD.payment_id, '') <> COALESCE(NEW.payment_id, '') OR COALESCE(OLD.wallet_id, '') <> COALESCE(NEW.wallet_id, '') OR COALESCE(OLD.approved_by, '') <> COALESCE(NEW.approved_by, '') OR OLD.status = NEW.status OR NEW.revision <> OLD.revision + 1 THEN RAISE EXCEPTION 'guard: a resolution''s facts never change'; END IF; RETURN NEW; END $$

CREATE TRIGGER resolution_facts BEFORE UPDATE ON resolutions FOR EACH ROW EXECUTE FUNCTION guard_resolution_facts()

CREATE FUNCTION guard_resolution_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: a resolution is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER resolution_kept BEFORE DELETE ON resolutions FOR EACH ROW EXECUTE FUNCTION guard_resolution_kept()

CREATE FUNCTION guard_resolutions_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: resolutions is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER resolutions_whole BEFORE TRUNCATE ON resolutions FOR EACH STATEMENT EXECUTE FUNCTION guard_resolutions_whole()
