/*---
description: Bids with the number of their channel.
---*/
select auction, bidder, price, channel, channel_id
from (select auction, bidder, price, channel,
             case lower(channel)
               when 'apple' then '0' when 'google' then '1'
               when 'facebook' then '2' when 'baidu' then '3'
               else substring(url from '(?:&|^)channel_id=([^&]*)') end as channel_id
      from bid) as numbered
where channel_id is not null or lower(channel) in ('apple', 'google', 'facebook', 'baidu')
