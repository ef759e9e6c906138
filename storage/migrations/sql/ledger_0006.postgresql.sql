CREATE FUNCTION guard_refund_begins() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.revision <> 1 OR NEW.status NOT IN ('done', 'requested', 'returned', 'sent') THEN RAISE EXCEPTION 'guard: a refund begins at its beginning'; END IF; RETURN NEW; END $$

CREATE TRIGGER refund_begins BEFORE INSERT ON refunds FOR EACH ROW EXECUTE FUNCTION guard_refund_begins()

CREATE FUNCTION guard_refund_bound_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.beyond = 0 AND NEW.status NOT IN ('cancelled', 'failed', 'returned') AND NEW.amount_minor + (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds r WHERE r.merchant_id = NEW.merchant_id AND r.payment_id = NEW.payment_id AND r.id <> NEW.id AND r.beyond = 0 AND r.status NOT IN ('cancelled', 'failed', 'returned')) > (SELECT COALESCE(SUM(p.received_minor - p.confirmed_minor), 0) FROM payments p WHERE p.merchant_id = NEW.merchant_id AND p.id = NEW.payment_id) THEN RAISE EXCEPTION 'guard: more than came is not given back'; END IF; RETURN NEW; END $$

CREATE TRIGGER refund_bound_insert BEFORE INSERT ON refunds FOR EACH ROW EXECUTE FUNCTION guard_refund_bound_insert()

CREATE FUNCTION guard_refund_bound_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.beyond = 0 AND NEW.status NOT IN ('cancelled', 'failed', 'returned') AND NEW.amount_minor + (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds r WHERE r.merchant_id = NEW.merchant_id AND r.payment_id = NEW.payment_id AND r.id <> NEW.id AND r.beyond = 0 AND r.status NOT IN ('cancelled', 'failed', 'returned')) > (SELECT COALESCE(SUM(p.received_minor - p.confirmed_minor), 0) FROM payments p WHERE p.merchant_id = NEW.merchant_id AND p.id = NEW.payment_id) THEN RAISE EXCEPTION 'guard: more than came is not given back'; END IF; RETURN NEW; END $$

CREATE TRIGGER refund_bound_update BEFORE UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION guard_refund_bound_update()

CREATE FUNCTION guard_refund_moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.status <> NEW.status AND NOT ((OLD.status = 'cancelled' AND NEW.status IN ('done', 'failed', 'returned', 'sent', 'unresolved')) OR (OLD.status = 'done' AND NEW.status IN ('returned')) OR (OLD.status = 'failed' AND NEW.status IN ('done', 'returned')) OR (OLD.status = 'requested' AND NEW.status IN ('cancelled', 'done', 'failed', 'returned', 'sent', 'unresolved')) OR (OLD.status = 'sent' AND NEW.status IN ('done', 'failed', 'returned', 'unresolved')) OR (OLD.status = 'unresolved' AND NEW.status IN ('done', 'failed', 'returned', 'sent'))) THEN RAISE EXCEPTION 'guard: this refund cannot move so'; END IF; RETURN NEW; END $$

CREATE TRIGGER refund_moves BEFORE UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION guard_refund_moves()

CREATE FUNCTION guard_refund_facts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.device_id <> NEW.device_id OR OLD.payment_id <> NEW.payment_id OR OLD.origin <> NEW.origin OR OLD.what <> NEW.what OR OLD.way <> NEW.way OR OLD.provider <> NEW.provider OR OLD.reference <> NEW.reference OR OLD.amount_minor <> NEW.amount_minor OR OLD.fee_minor <> NEW.fee_minor OR OLD.currency <> NEW.currency OR OLD.reason <> NEW.reason OR OLD.requested_at <> NEW.requested_at OR COALESCE(OLD.wallet_id, '') <> COALESCE(NEW.wallet_id, '') OR COALESCE(OLD.requested_by, '') <> COALESCE(NEW.requested_by, '') OR COALESCE(OLD.approved_by, '') <> COALESCE(NEW.approved_by, '') OR NEW.revision <> OLD.revision + 1 THEN RAISE EXCEPTION 'guard: a refund''s facts never change'; END IF; RETURN NEW; END $$

CREATE TRIGGER refund_facts BEFORE UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION guard_refund_facts()

CREATE FUNCTION guard_refund_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: a refund is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER refund_kept BEFORE DELETE ON refunds FOR EACH ROW EXECUTE FUNCTION guard_refund_kept()

CREATE FUNCTION guard_refund_events_no_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: refund_events is append-only'; END IF; RETURN NEW; END $$

CREATE TRIGGER refund_events_no_update BEFORE UPDATE ON refund_events FOR EACH ROW EXECUTE FUNCTION guard_refund_events_no_update()

CREATE FUNCTION guard_refund_events_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: refund_events is append-only'; END IF; RETURN OLD; END $$

CREATE TRIGGER refund_events_no_delete BEFORE DELETE ON refund_events FOR EACH ROW EXECUTE FUNCTION guard_refund_events_no_delete()

CREATE FUNCTION guard_refund_events_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: refund_events is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER refund_events_whole BEFORE TRUNCATE ON refund_events FOR EACH STATEMENT EXECUTE FUNCTION guard_refund_events_whole()

CREATE FUNCTION guard_refunds_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: refunds is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER refunds_whole BEFORE TRUNCATE ON refunds FOR EACH STATEMENT EXECUTE FUNCTION guard_refunds_whole()
