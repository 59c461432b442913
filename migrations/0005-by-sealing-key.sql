-- What rests under a sealing key that is to be replaced is found by the ID of the key, which stands in front.

create index account_links_by_token_key on account_links (substr(sealed_tokens, 1, 8)) where sealed_tokens is not null;
create index account_links_by_request_key on account_links (substr(sealed_request, 1, 8)) where sealed_request is not null;
