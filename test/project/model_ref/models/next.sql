select country from {{ ref('revenue') }}
