ALTER TABLE refund_events ENABLE ROW LEVEL SECURITY

ALTER TABLE refund_events FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON refund_events USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE refunds ENABLE ROW LEVEL SECURITY

ALTER TABLE refunds FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON refunds USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

ALTER TABLE refund_work ENABLE ROW LEVEL SECURITY

ALTER TABLE refund_work FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON refund_work USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))

CREATE POLICY across_merchants ON refund_work FOR SELECT USING (current_setting('bana.across', true) = 'on')
