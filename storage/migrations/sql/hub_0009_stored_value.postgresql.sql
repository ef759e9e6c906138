CREATE FUNCTION guard_holder_covered() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.balance_minor < 0 AND NEW.balance_minor < OLD.balance_minor THEN RAISE EXCEPTION 'guard: nobody spends more than they stored'; END IF; RETURN NEW; END $$

CREATE TRIGGER holder_covered BEFORE UPDATE ON holders FOR EACH ROW EXECUTE FUNCTION guard_holder_covered()

CREATE FUNCTION guard_holders_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: holders is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER holders_whole BEFORE TRUNCATE ON holders FOR EACH STATEMENT EXECUTE FUNCTION guard_holders_whole()

ALTER TABLE holders ENABLE ROW LEVEL SECURITY

ALTER TABLE holders FORCE ROW LEVEL SECURITY

CREATE POLICY own_merchant ON holders USING (merchant_id = current_setting('bana.merchant', true)) WITH CHECK (merchant_id = current_setting('bana.merchant', true))
