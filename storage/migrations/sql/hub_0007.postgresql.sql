ALTER TABLE people ENABLE ROW LEVEL SECURITY

ALTER TABLE people FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON people USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE people_key_holders ENABLE ROW LEVEL SECURITY

ALTER TABLE people_key_holders FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON people_key_holders USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE people_keys ENABLE ROW LEVEL SECURITY

ALTER TABLE people_keys FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON people_keys USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE person_grants ENABLE ROW LEVEL SECURITY

ALTER TABLE person_grants FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON person_grants USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE person_sessions ENABLE ROW LEVEL SECURITY

ALTER TABLE person_sessions FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON person_sessions USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE person_tries ENABLE ROW LEVEL SECURITY

ALTER TABLE person_tries FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON person_tries USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))
