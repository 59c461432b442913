-- How a client may get tokens, a list as JSON; null: what it needs by its kind.
alter table clients add column grants text;
-- Came with the embedded demo catalog; null: with a catalog of one's own, or through the operator's API.
alter table clients add column is_embedded integer;
-- Whether a skill links accounts as the client; null: no.
alter table clients add column links_accounts integer;
-- The client of this service by which a skill links accounts; null: it links none, or elsewhere.
alter table skills add column own_client_id text;

update clients set is_embedded = 1 where is_demo = 1 and id in ('amzn1.application-oa2-client.demo', 'amzn1.application-oa2-client.demo-ward', 'amzn1.application-oa2-client.demo-lights');
/* sqlite: update skills set own_client_id = json_extract(account_linking, '$.clientId') where json_extract(account_linking, '$.accessTokenUri') like '/%'; */
/* postgres: update skills set own_client_id = account_linking::json ->> 'clientId' where account_linking::json ->> 'accessTokenUri' like '/%'; */

create index skills_by_own_client on skills (own_client_id) where own_client_id is not null;
update clients set links_accounts = 1 where id in (select own_client_id from skills where own_client_id is not null);
