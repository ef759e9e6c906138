ALTER TABLE provider_accounts ENABLE ROW LEVEL SECURITY

ALTER TABLE provider_accounts FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON provider_accounts USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))
