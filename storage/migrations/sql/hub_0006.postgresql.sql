ALTER TABLE merchants ENABLE ROW LEVEL SECURITY

ALTER TABLE merchants FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON merchants USING (id = current_setting('bana.merchant', true)) WITH CHECK (id = current_setting('bana.merchant', true))

CREATE POLICY across_merchants ON merchants FOR SELECT USING (current_setting('bana.across', true) = 'on')

ALTER TABLE accounts ENABLE ROW LEVEL SECURITY

ALTER TABLE accounts FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON accounts USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE api_answers ENABLE ROW LEVEL SECURITY

ALTER TABLE api_answers FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON api_answers USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE approvals ENABLE ROW LEVEL SECURITY

ALTER TABLE approvals FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON approvals USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE audit ENABLE ROW LEVEL SECURITY

ALTER TABLE audit FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON audit USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE book_numbers ENABLE ROW LEVEL SECURITY

ALTER TABLE book_numbers FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON book_numbers USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE book_series ENABLE ROW LEVEL SECURITY

ALTER TABLE book_series FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON book_series USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE categories ENABLE ROW LEVEL SECURITY

ALTER TABLE categories FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON categories USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE credentials ENABLE ROW LEVEL SECURITY

ALTER TABLE credentials FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON credentials USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE data_keys ENABLE ROW LEVEL SECURITY

ALTER TABLE data_keys FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON data_keys USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE day_totals ENABLE ROW LEVEL SECURITY

ALTER TABLE day_totals FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON day_totals USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE devices ENABLE ROW LEVEL SECURITY

ALTER TABLE devices FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON devices USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE feed ENABLE ROW LEVEL SECURITY

ALTER TABLE feed FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON feed USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE payment_events ENABLE ROW LEVEL SECURITY

ALTER TABLE payment_events FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON payment_events USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE payment_transactions ENABLE ROW LEVEL SECURITY

ALTER TABLE payment_transactions FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON payment_transactions USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE postings ENABLE ROW LEVEL SECURITY

ALTER TABLE postings FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON postings USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE provider_events ENABLE ROW LEVEL SECURITY

ALTER TABLE provider_events FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON provider_events USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE receipts ENABLE ROW LEVEL SECURITY

ALTER TABLE receipts FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON receipts USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE series ENABLE ROW LEVEL SECURITY

ALTER TABLE series FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON series USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE shop_settings ENABLE ROW LEVEL SECURITY

ALTER TABLE shop_settings FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON shop_settings USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE vouchers ENABLE ROW LEVEL SECURITY

ALTER TABLE vouchers FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON vouchers USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY

ALTER TABLE api_keys FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON api_keys USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

CREATE POLICY across_merchants ON api_keys FOR SELECT USING (current_setting('bana.across', true) = 'on')

ALTER TABLE checks ENABLE ROW LEVEL SECURITY

ALTER TABLE checks FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON checks USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

CREATE POLICY across_merchants ON checks FOR SELECT USING (current_setting('bana.across', true) = 'on')

ALTER TABLE enrolment_codes ENABLE ROW LEVEL SECURITY

ALTER TABLE enrolment_codes FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON enrolment_codes USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

CREATE POLICY across_merchants ON enrolment_codes FOR SELECT USING (current_setting('bana.across', true) = 'on')

ALTER TABLE inbox ENABLE ROW LEVEL SECURITY

ALTER TABLE inbox FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON inbox USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

CREATE POLICY across_merchants ON inbox FOR SELECT USING (current_setting('bana.across', true) = 'on')

ALTER TABLE payments ENABLE ROW LEVEL SECURITY

ALTER TABLE payments FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON payments USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

CREATE POLICY across_merchants ON payments FOR SELECT USING (current_setting('bana.across', true) = 'on')

ALTER TABLE statements ENABLE ROW LEVEL SECURITY

ALTER TABLE statements FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON statements USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

CREATE POLICY across_merchants ON statements FOR SELECT USING (current_setting('bana.across', true) = 'on')

ALTER TABLE tills ENABLE ROW LEVEL SECURITY

ALTER TABLE tills FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON tills USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

CREATE POLICY across_merchants ON tills FOR SELECT USING (current_setting('bana.across', true) = 'on')
