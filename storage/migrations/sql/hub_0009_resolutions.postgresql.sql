ALTER TABLE resolutions ENABLE ROW LEVEL SECURITY

ALTER TABLE resolutions FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON resolutions USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))
