ALTER TABLE hooks ENABLE ROW LEVEL SECURITY

ALTER TABLE hooks FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON hooks USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE hook_news ENABLE ROW LEVEL SECURITY

ALTER TABLE hook_news FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON hook_news USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

CREATE POLICY across_merchants ON hook_news FOR SELECT USING (current_setting('bana.across', true) = 'on')
