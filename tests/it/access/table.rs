//! What every operation answers to everybody.

use std::collections::BTreeMap;

/// What each operation answers to each caller, who all send the same request about the same things:
/// a listing that "the practitioner" keeps, with a clinic they wrote, and an academy that "the academy"
/// keeps, with a course, keys and two certificates, one of them the listing's. "Other" callers keep
/// another listing and another academy.
const TABLE: &str = "
    operation                  nobody  operator  academy  other  practitioner  other

    search_practitioners          200       200      200    200           200    200
    read_practitioner             200       200      200    200           200    200
    list_practitioner_history     200       200      200    200           200    200
    list_earlier_listings         200       200      200    200           200    200
    list_listing_certificates     200       200      200    200           200    200
    lookup                        200       200      200    200           200    200
    list_changes                  200       200      200    200           200    200
    suggest                       200       200      200    200           200    200
    read_ranking                  200       200      200    200           200    200
    read_portrait                 200       200      200    200           200    200
    read_vetting                  200       200      200    200           200    200
    compare_practitioners         200       200      200    200           200    200
    create_practitioner           401       201      201    201           403    403
    change_practitioner           401       200      403    403           200    403
    remove_practitioner           401       204      403    403           204    403
    merge_practitioner            401       200      403    403           403    403
    set_portrait                  401       200      403    403           200    403
    remove_portrait               401       200      403    403           200    403
    object_to_earlier_listing     401       200      403    403           200    403
    decide_earlier_listing        401       200      403    403           403    403
    list_earlier_listing_objections 401     200      403    403           403    403

    read_clinic                   200       200      200    200           200    200
    create_clinic                 401       201      201    201           201    201
    change_clinic                 401       200      403    403           200    403
    attach_clinic                 401       200      403    403           200    403
    detach_clinic                 401       200      403    403           200    403
    confirm_clinic                401       200      403    403           200    403

    list_academies                200       200      200    200           200    200
    read_academy                  200       200      200    200           200    200
    read_did_document             200       200      200    200           200    200
    list_academy_history          200       200      200    200           200    200
    list_recognitions             200       200      200    200           200    200
    list_keys                     200       200      200    200           200    200
    list_trainers                 200       200      200    200           200    200
    list_courses                  200       200      200    200           200    200
    read_course                   200       200      200    200           200    200
    list_course_versions          200       200      200    200           200    200
    read_course_version           200       200      200    200           200    200
    list_academy_certificates     401       200      200    403           403    403
    register_academy              401       201      403    403           403    403
    change_academy                401       200      200    403           403    403
    recognise_academy             401       201      403    403           403    403
    end_recognition               401       200      403    403           403    403
    challenge_key                 401       201      201    403           403    403
    add_key                       401       201      201    403           403    403
    confirm_key                   401       200      403    403           403    403
    report_key                    401       200      422    403           403    403
    retire_key                    401       200      200    403           403    403
    add_course                    401       201      201    403           403    403
    add_course_version            401       201      201    403           403    403
    add_trainer                   401       201      201    403           403    403

    read_certificate              200       200      200    200           200    200
    read_credential               200       200      200    200           200    200
    certificate_verdict           200       200      200    200           200    200
    certificate_pdf               200       200      200    200           200    200
    certificate_png               200       200      200    200           200    200
    certificate_svg               200       200      200    200           200    200
    verify                        200       200      200    200           200    200
    read_status_list              200       200      200    200           200    200
    list_status_lists             200       200      200    200           200    200
    list_certificate_acts         200       200      200    200           200    200
    read_certificate_log          200       200      200    200           200    200
    read_log_proof                404       404      404    404           404    404
    read_bundle                   404       404      404    404           404    404
    ask_to_sign                   401       422      403    403           422    403
    list_listing_signing_requests 401       200      403    403           200    403
    list_academy_signing_requests 401       200      200    403           403    403
    sign_request                  401       404      404    404           403    403
    decline_request               401       404      404    404           403    403
    withdraw_request              401       404      403    403           404    404
    vc_verify                     400       400      400    400           400    400
    vp_verify                     400       400      400    400           400    400
    vc_issue                      501       501      501    501           501    501
    resolve_did                   200       200      200    200           200    200
    read_registry                 200       200      200    200           200    200
    read_roots                    200       200      200    200           200    200
    read_registry_did_document    200       200      200    200           200    200
    read_log                      200       200      200    200           200    200
    hold_key                      401       403      409    403           403    403
    issue_certificate             401       403      409    403           403    403
    set_academy_did               401       409      409    403           403    403
    enrol_status_list             401       201      201    403           403    403
    reserve_status_entries        401       201      201    403           403    403
    act_on_certificate            401       201      403    403           403    403
    submit_certificate            401       201      201    403           403    403
    submit_certificates           401       200      200    200           403    403
    attach_certificate            401       403      200    403           200    403
    change_certificate            401       200      403    403           200    403

    list_reviews                  200       200      200    200           200    200
    read_review                   200       200      200    200           200    200
    read_review_log               200       200      200    200           200    200
    read_invitation               200       200      200    200           200    200
    submit_review                 201       201      201    201           201    201
    start_review                  202       202      202    202           202    202
    withdraw_review               200       200      200    200           200    200
    mark_review_helpful           200       200      200    200           200    200
    report_review                 202       202      202    202           202    202
    send_proof                    202       202      202    202           202    202
    read_statement                200       200      200    200           200    200
    appeal_removal                200       200      200    200           200    200
    raise_concern                 202       202      202    202           202    202
    record_treatment              401       201      403    403           201    403
    list_treatments               401       200      403    403           200    403
    add_session                   401       200      403    403           200    403
    reply_to_review               401       403      403    403           200    403
    list_review_reports           401       200      403    403           403    403
    dismiss_report                401       204      403    403           403    403
    remove_review                 401       200      403    403           403    403
    decide_appeal                 401       200      403    403           403    403
    declare_tie                   401       204      403    403           403    403
    read_proof                    401       200      403    403           403    403
    judge_proof                   401       200      403    403           403    403
    list_concerns                 401       200      403    403           403    403
    decide_concern                401       200      403    403           403    403
    search_cases                  200       200      200    200           200    200
    list_listing_cases            200       200      200    200           200    200
    read_case                     200       200      200    200           200    200
    read_case_log                 200       200      200    200           200    200
    read_case_photo               200       200      200    200           200    200
    create_case                   401       201      403    403           201    403
    change_case                   401       200      403    403           200    403
    remove_case                   401       204      403    403           204    403
    add_case_photo                401       201      403    403           201    403
    remove_case_photo             401       200      403    403           200    403
    make_consent_link             401       201      403    403           201    403
    mail_consent_link             401       202      403    403           202    403
    read_consent                  200       200      200    200           200    200
    give_consent                  200       403      403    403           403    403
    withdraw_consent              200       403      403    403           403    403
    check_image                   200       200      200    200           200    200
    check_image_hashes            401       200      200    200           200    200
    list_image_checks             401       200      403    403           403    403
    list_photo_holds              401       200      403    403           403    403
    decide_photo_hold             401       200      403    403           403    403
    appeal_photo_decision         401       200      403    403           200    403
    read_photo_appeal             401       200      403    403           200    403
    read_upload                   401       404      403    403           404    404
    list_photo_appeals            401       200      403    403           403    403
    decide_photo_appeal           401       200      403    403           403    403

    find_places                   200       200      200    200           200    200
    read_place                    200       200      200    200           200    200
    list_vocabularies             200       200      200    200           200    200
    read_vocabulary               200       200      200    200           200    200
    health                        200       200      200    200           200    200
    readiness                     200       200      200    200           200    200
";

pub(super) const CALLERS: [&str; 6] =
    ["nobody", "operator", "academy", "other academy", "practitioner", "other practitioner"];

/// The rows by operation: a status per caller.
pub(super) fn rows() -> BTreeMap<&'static str, [u16; 6]> {
    let mut rows = BTreeMap::new();
    for line in TABLE.lines().map(str::trim).filter(|line| !line.is_empty()).skip(1) {
        let mut words = line.split_whitespace();
        let id = words.next().unwrap();
        let statuses: Vec<u16> = words.map(|word| word.parse().unwrap()).collect();
        assert!(rows.insert(id, statuses.try_into().expect(line)).is_none(), "{id} has two rows");
    }
    rows
}
