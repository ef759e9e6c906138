CREATE FUNCTION guard_category_system_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.system_key <> '' AND (NEW.parent_id IS NOT NULL OR NEW.archived_at IS NOT NULL) THEN RAISE EXCEPTION 'guard: a system category stays at the root and in use'; END IF; RETURN NEW; END $$

CREATE TRIGGER category_system_stays BEFORE UPDATE ON categories FOR EACH ROW EXECUTE FUNCTION guard_category_system_stays()

CREATE FUNCTION guard_category_facts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.kind <> NEW.kind OR OLD.system_key <> NEW.system_key THEN RAISE EXCEPTION 'guard: a category keeps its kind'; END IF; RETURN NEW; END $$

CREATE TRIGGER category_facts BEFORE UPDATE ON categories FOR EACH ROW EXECUTE FUNCTION guard_category_facts()

CREATE FUNCTION guard_category_lasts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'guard: a category is never deleted'; END IF; RETURN OLD; END $$

CREATE TRIGGER category_lasts BEFORE DELETE ON categories FOR EACH ROW EXECUTE FUNCTION guard_category_lasts()

CREATE FUNCTION guard_category_parent_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.parent_id IS NOT NULL AND (NEW.parent_id = NEW.id OR NEW.kind <> COALESCE((SELECT c.kind FROM categories c WHERE c.merchant_id = NEW.merchant_id AND c.id = NEW.parent_id), '')) THEN RAISE EXCEPTION 'guard: a category hangs below another one of its kind'; END IF; RETURN NEW; END $$

CREATE TRIGGER category_parent_insert BEFORE INSERT ON categories FOR EACH ROW EXECUTE FUNCTION guard_category_parent_insert()

CREATE FUNCTION guard_category_parent_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.parent_id IS NOT NULL AND (NEW.parent_id = NEW.id OR NEW.kind <> COALESCE((SELECT c.kind FROM categories c WHERE c.merchant_id = NEW.merchant_id AND c.id = NEW.parent_id), '')) THEN RAISE EXCEPTION 'guard: a category hangs below another one of its kind'; END IF; RETURN NEW; END $$

CREATE TRIGGER category_parent_update BEFORE UPDATE ON categories FOR EACH ROW EXECUTE FUNCTION guard_category_parent_update()
