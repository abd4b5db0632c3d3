SELECT
    {{ columns | indent(4) }}
FROM {{ relation }}
WHERE {{ conditions | indent(4) }}
