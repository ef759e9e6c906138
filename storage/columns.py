"""The columns of every table, by name: what statements are made of, without loading the library that describes them.

A till opens its shop in less than half the time for it; a test holds this list to `storage/tables`.
"""

from typing import Final

COLUMNS: Final = {
    table: tuple(names.split())
    for table, names in {
        "account_grants": "merchant_id user_id account_id",
        "accounts": """
            merchant_id id type code name currency control is_default bank_bin bank_account
            created_at archived_at balance_minor entries
        """,
        "api_answers": "merchant_id key_id idempotency_key request_hash status answer at",
        "api_keys": "merchant_id id name key_hash created_at last_used_at revoked_at scopes",
        "approvals": """
            merchant_id id device_id action subject_id amount_minor day reason requester_id
            approver_id granted_at expires_at used_by used_at
        """,
        "audit": "merchant_id device_id seq action subject_id actor_id at facts prev_hash hash",
        "book_numbers": "merchant_id voucher_id type year book_no booked_on",
        "book_series": "merchant_id type year last_no",
        "categories": "merchant_id id kind name_vi name_en system_key parent_id archived_at",
        "checkout_requests": """
            merchant_id id order_type order_ref subtotal_minor tax_percent tax_minor total_minor
            currency capture origin due_on subscription_id period key_id created_at
        """,
        "checks": "merchant_id payment_id attempts checked_at next_check_at note",
        "credentials": "merchant_id provider field key_version sealed updated_at",
        "data_keys": "merchant_id version wrapped created_at",
        "day_totals": "merchant_id account_id day category_id debit_minor credit_minor",
        "devices": """
            merchant_id id code incarnation name voucher_seq voucher_hash audit_seq audit_hash
            reference_seq
        """,
        "drafts": "merchant_id id type body created_at updated_at",
        "enrolment_codes": "merchant_id code_hash created_at expires_at used_at device_id",
        "feed": "merchant_id seq message_id subject_id kind body body_hash device_id book_no booked_on at",
        "holders": "merchant_id id name phone created_by created_at balance_minor search_text",
        "hook_news": """
            merchant_id id key_id payment_id type body state attempts next_at note created_at
            ended_at
        """,
        "hooks": """
            merchant_id key_id url events all_payments key_version sealed created_at changed_at off_at
            old_key_version old_sealed old_until tried_at answer
        """,
        "hub_self": "one epoch created_at",
        "inbox": """
            merchant_id provider dedupe_key state duplicates attempts next_attempt_at settled_at
            outcome
        """,
        "inbox_cursor": "feed hub_epoch seq pulled_at sent_at",
        "merchants": "id name currency zone limits feed_seq is_demo created_at",
        "outbox": """
            seq id subject_id kind body body_hash state attempts queued_at next_attempt_at
            settled_at code
        """,
        "payment_events": """
            merchant_id payment_id revision from_status to_status exception cause actor_id device_id
            at received_minor detail
        """,
        "payment_transactions": """
            merchant_id id payment_id kind provider reference status amount_minor currency
            created_at updated_at provider_ref failure response
        """,
        "payments": """
            merchant_id id device_id actor_id reference method provider amount_minor currency
            created_at expires_at status exception received_minor tendered_minor paid_at ended_at
            updated_at revision qr_text failure order_ref customer_name customer_phone note origin
            search_text bill_id bill_minor known_minor confirmed_minor option capture capture_minor
            held_minor held_until cheque holder_id
        """,
        "people": "merchant_id id name role pin_hash disabled_at",
        "people_key_holders": "merchant_id device_id claim_hash at",
        "people_keys": "merchant_id key_version sealed created_at",
        "person_grants": "merchant_id person_id account_id",
        "person_sessions": "merchant_id token_hash device_id person_id begun_at until",
        "person_tries": "merchant_id person_id device_id failures locked_until",
        "postings": "merchant_id voucher_id line_no account_id side amount_minor entry_no balance_after",
        "preferences": "key value",
        "provider_accounts": "merchant_id provider fingerprint",
        "provider_events": "merchant_id provider dedupe_key channel reference receipt raw received_at",
        "provider_health": """
            merchant_id provider last_success_at last_failure_at failures failing_since
            troubled_since note
        """,
        "receipts": """
            merchant_id provider dedupe_key reference amount_minor currency paid_at provider_ref
            text payment_id voucher_id recorded_at
        """,
        "refund_events": """
            merchant_id refund_id revision from_status to_status cause actor_id device_id at beyond
        """,
        "refund_work": "merchant_id refund_id attempts next_at note",
        "refunds": """
            merchant_id id device_id payment_id origin what way provider wallet_id reference
            amount_minor fee_minor currency reason requested_by approved_by requested_at status
            beyond payment_ref provider_ref failure sent_at settled_at told_at updated_at revision
            holder_id
        """,
        "resolutions": """
            merchant_id id device_id subject_id act payment_id wallet_id amount_minor currency
            reason requested_by approved_by requested_at status failure settled_at revision
            holder_id provider
        """,
        "series": "merchant_id device_id type incarnation year last_seq",
        "shop_settings": "merchant_id key value",
        "statements": "merchant_id provider cursor connected_at polled_at next_poll_at lease_until note",
        "till_self": "one merchant_id device_id hub_device_id hub_url",
        "tills": "merchant_id device_id token_hash enrolled_at revoked_at heard_at",
        "users": "merchant_id id name role pin_hash failures locked_until locked_in disabled_at told",
        "vouchers": """
            merchant_id id device_id type status number currency business_date created_at
            source_kind source_id total_minor memo category_id payment_id actor_id reverses
            chain_seq prev_hash hash party_name party_address attachments occurred_on second
            holder_id
        """,
    }.items()
}
