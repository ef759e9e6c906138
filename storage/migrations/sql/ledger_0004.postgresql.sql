CREATE FUNCTION guard_approvals_no_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: approvals is append-only'; END IF; RETURN NEW; END $$

CREATE TRIGGER approvals_no_update BEFORE UPDATE ON approvals FOR EACH ROW EXECUTE FUNCTION guard_approvals_no_update()

CREATE FUNCTION guard_approvals_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: approvals is append-only'; END IF; RETURN OLD; END $$

CREATE TRIGGER approvals_no_delete BEFORE DELETE ON approvals FOR EACH ROW EXECUTE FUNCTION guard_approvals_no_delete()

CREATE FUNCTION guard_approvals_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: approvals is never emptied'; END IF; RETURN NULL; END $$

CREATE TRIGGER approvals_whole BEFORE TRUNCATE ON approvals FOR EACH STATEMENT EXECUTE FUNCTION guard_approvals_whole()
