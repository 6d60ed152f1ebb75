-- Files that a message carries, by URL; and the template as which it left where free text was too late.
alter table gateway.outbound_message add column media text[];
alter table gateway.outbound_message add column content_sid text;
