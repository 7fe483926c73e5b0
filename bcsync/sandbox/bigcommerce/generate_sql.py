"""The statements by which SQLite makes customers and what belongs to them. All names in them are plain ASCII words."""

PEOPLE = """
CREATE TEMP TABLE people AS
WITH RECURSIVE counter(n) AS (SELECT :start UNION ALL SELECT n + 1 FROM counter WHERE n + 1 < :start + :count)
SELECT counter.n - :start + 1 AS i, :before + counter.n - :start + 1 AS id, f.a AS first, l.a AS last,
    :label || '-' || :seed || '-' || counter.n || '@example.com' AS email,
    printf('+44 20 %04d %04d', (:seed * 100 + counter.n / 10000) % 10000, counter.n % 10000) AS phone,
    CASE WHEN counter.n % 3 = 0 THEN l.a || ' & ' || f.a || ' Ltd' ELSE '' END AS company,
    c.a AS iso, c.b AS city, c.c AS post, c.d AS country
FROM counter
JOIN words f ON f.kind = 'first' AND f.n = (counter.n * 7 + :seed) % 20
JOIN words l ON l.kind = 'last' AND l.n = (counter.n * 5 + counter.n / 20 + :seed) % 16
JOIN words c ON c.kind = 'city' AND c.n = counter.n % 4
"""

CUSTOMERS = """
INSERT INTO {table} (id, body, email_key, name, last_name, company, phone, customer_group_id, registration_ip_address,
    date_created, date_modified, store_credit, address_count, attribute_count)
SELECT id, printf('{{"id":%d,"email":"%s","first_name":"%s","last_name":"%s","company":"%s","phone":"%s","notes":"",'
    || '"tax_exempt_category":"","registration_ip_address":"","customer_group_id":0,"date_created":"%s",'
    || '"date_modified":"%s","authentication":{{"force_password_reset":false}},'
    || '"accepts_product_review_abandoned_cart_emails":false,"origin_channel_id":1,"channel_ids":null}}',
    id, email, first, last, company, phone, :now, :now),
    email, first || ' ' || last, last, company, phone, 0, '', :now, :now, '[{{"amount":0}}]', 1, :fields
FROM people
"""

ADDRESSES = """
INSERT INTO {table} (id, body, customer_id, name, company)
SELECT :before + i, printf('{{"id":%d,"first_name":"%s","last_name":"%s","company":"%s","address1":"%d High Street",'
    || '"address2":"","city":"%s","state_or_province":"","postal_code":"%s","country_code":"%s","phone":"%s",'
    || '"address_type":"residential","country":"%s","customer_id":%d}}',
    :before + i, first, last, company, 1 + id % 300, city, post, iso, phone, country, id),
    id, first || ' ' || last, company
FROM people
"""

ATTRIBUTE_VALUES = """
INSERT INTO {table} (id, body, customer_id, attribute_id, date_created, date_modified)
SELECT :before + i, printf('{{"id":%d,"attribute_id":%d,"attribute_value":"value %d of %d","customer_id":%d,'
    || '"date_created":"%s","date_modified":"%s"}}', :before + i, :attribute_id, :number, id, id, :now, :now),
    id, :attribute_id, :now, :now
FROM people
"""

FORM_FIELDS = """
INSERT INTO {table} (id, body, customer_id, address_id, name)
SELECT :before + i, printf('{{"name":"%s","value":"field %d of %d","customer_id":%d}}', :name, :number, id, id),
    id, 0, :name
FROM people
"""

METAFIELDS = """
INSERT INTO {table} (id, body, resource_id, namespace, key, owner_client_id, permission_set,
    date_created, date_modified)
SELECT :before + i, printf('{{"id":%d,"permission_set":"read","namespace":"generated","key":"%s","value":"%d",'
    || '"description":"","resource_type":"customer","resource_id":%d,"owner_client_id":"%s",'
    || '"date_created":"%s","date_modified":"%s"}}', :before + i, :key, id, id, :client, :iso, :iso),
    id, 'generated', :key, :client, 'read', :now, :now
FROM people
"""
