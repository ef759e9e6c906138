CREATE FUNCTION guard_checkout_requests_no_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: checkout_requests is append-only'; END IF; RETURN NEW; END $$

CREATE TRIGGER checkout_requests_no_update BEFORE UPDATE ON checkout_requests FOR EACH ROW EXECUTE FUNCTION guard_checkout_requests_no_update()

CREATE FUNCTION guard_checkout_requests_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: checkout_requests is append-only'; END IF; RETURN OLD; END $$

CREATE TRIGGER checkout_requests_no_delete BEFORE DELETE ON checkout_requests FOR EACH ROW EXECUTE FUNCTION guard_checkout_requests_no_delete()

CREATE FUNCTION guard_checkout_requests_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: checkout_requests is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER checkout_requests_whole BEFORE TRUNCATE ON checkout_requests FOR EACH STATEMENT EXECUTE FUNCTION guard_checkout_requests_whole()

ALTER TABLE checkout_requests ENABLE ROW LEVEL SECURITY

ALTER TABLE checkout_requests FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON checkout_requests USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE provider_health ENABLE ROW LEVEL SECURITY

ALTER TABLE provider_health FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON provider_health USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

CREATE POLICY across_merchants ON provider_health FOR SELECT USING (current_setting('bana.across', true) = 'on')
