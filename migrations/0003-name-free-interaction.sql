-- The locales in which a skill is used without its name, a list as JSON; null: in none.
alter table enablements add column name_free_locales text;
