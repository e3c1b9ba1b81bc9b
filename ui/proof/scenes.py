"""The scenes, in the order of the contact sheet: every page, and every state that it may be in.

Out come names with the way to play them. Rule: whatever a person can come to see has a scene
here, because the tests that walk every page walk these.
"""

from __future__ import annotations

from ui.presenters.setup import Stage
from ui.proof import scenes_bench, scenes_customer, scenes_optical
from ui.proof import scenes_day as day
from ui.proof import scenes_door as door
from ui.proof import scenes_line as line
from ui.proof import scenes_meter as meter
from ui.proof import scenes_office as office
from ui.proof import scenes_visit as visit
from ui.proof.scene import Scene
from ui.proof.scenes_visit import stands_at

SCENES = (
    Scene("today", day.today),
    Scene("today_changed", day.today_changed),
    Scene("today_empty", day.today_empty),
    Scene("today_not_loaded", day.today_not_loaded),
    Scene("today_done", day.today_done),
    Scene("search", day.search),
    Scene("crash", day.crash),
    Scene("visit", visit.in_hand),
    Scene("visit_planned", stands_at("planned")),
    Scene("visit_travelling", stands_at("travelling")),
    Scene("visit_lmra", stands_at("lmra")),
    Scene("visit_lmra_no", stands_at("lmra_no", then=visit.say_no)),
    Scene("visit_identity", stands_at("identity")),
    Scene("visit_by_hand", stands_at("by_hand", then=visit.type_digits)),
    Scene("visit_by_hand_photo", stands_at("by_hand", then=visit.take_photo)),
    Scene("visit_photo", stands_at("photo", then=visit.take_photo)),
    Scene("visit_photo_other", stands_at("photo", then=visit.take_other_photo)),
    Scene("visit_photo_edit", stands_at("photo", then=visit.edit_photo)),
    Scene("visit_photo_folder", visit.folder_offers),
    Scene("visit_photo_added", stands_at("photo", "photo")),
    Scene("visit_readings", stands_at("seal", then=visit.look_back)),
    Scene("visit_seal", stands_at("seal")),
    Scene("visit_question", stands_at("question")),
    Scene("visit_stop", stands_at("question", then=visit.answer("yes"))),
    Scene("visit_confirm", stands_at("confirm")),
    Scene("visit_place", stands_at("place")),
    Scene("visit_place_photo", stands_at("place", then=visit.number_from_photo)),
    Scene("visit_place_scanned", stands_at("place", then=visit.scan)),
    Scene("visit_place_stopped", stands_at("other_meter", then=visit.place_another)),
    Scene("visit_measure", stands_at("measure")),
    Scene("visit_gas_tight", stands_at("gas_tight", then=visit.answer("leak_inside"))),
    Scene("visit_clock", stands_at("clock", then=visit.told(clock_error_s=95))),
    Scene("visit_alarms", stands_at("alarms", then=visit.show_alarms)),
    Scene("visit_modem", stands_at("modem", then=visit.show_modem)),
    Scene("visit_couple", stands_at("couple", then=visit.show_channels)),
    Scene("visit_telegram", stands_at("telegram")),
    Scene("visit_reset", stands_at("reset")),
    Scene("visit_start_readings", stands_at("start_readings")),
    Scene("visit_choice", stands_at("choice")),
    Scene("visit_written", stands_at("written")),
    Scene("visit_state", stands_at("state")),
    Scene("visit_finding", stands_at("finding")),
    Scene("visit_found", stands_at("found")),
    Scene("visit_action", stands_at("action")),
    Scene("visit_sign", stands_at("sign", then=visit.draw)),
    Scene("visit_close", stands_at("close")),
    Scene("visit_done", stands_at("done")),
    *scenes_customer.SCENES,
    Scene("visit_gone", day.visit_gone),
    Scene("visit_more", stands_at("measure", "more")),
    Scene("visit_blocked", stands_at("measure", "close")),
    Scene("visit_not_done", stands_at("measure", "not_done")),
    Scene("visit_pause", stands_at("measure", "pause")),
    Scene("visit_refusal", stands_at("measure", "refusal")),
    Scene("visit_skip", stands_at("photo", "waive")),
    Scene("visit_danger", stands_at("measure", "danger")),
    Scene("meter", meter.p1),
    *scenes_bench.SCENES,
    *scenes_optical.SCENES,
    Scene("diagnose", meter.diagnose),
    Scene("diagnose_p1", meter.diagnose_p1),
    Scene("diagnose_inverted", meter.diagnose_inverted),
    Scene("diagnose_optical", meter.diagnose_optical),
    Scene("sync", day.synchronisation),
    Scene("sync_refused", day.sync_refused),
    Scene("sync_calm", day.sync_calm),
    Scene("sync_clock", line.wrong_clock),
    Scene("sync_login_page", line.login_page),
    Scene("day_open", day.day_open),
    Scene("day_waits", day.day_waits),
    Scene("day_differs", day.day_differs),
    Scene("day_whole", day.day_whole),
    Scene("planning", office.planning),
    Scene("planning_placed", office.planning_placed),
    Scene("planning_checks", office.planning_checks),
    Scene("planning_follow_ups", office.planning_follow_ups),
    Scene("planning_left", office.planning_left),
    Scene("publish", office.publish),
    Scene("planning_sign_in", office.planning_sign_in),
    Scene("settings", day.settings),
    Scene("settings_workshop", day.settings_workshop),
    Scene("setup", door.setup(Stage.WELCOME)),
    Scene("setup_technician", door.setup(Stage.TECHNICIAN, door.not_taken)),
    Scene("setup_dispatcher", door.setup(Stage.DISPATCHER, door.no_token)),
    Scene("setup_workshop", door.setup(Stage.WORKSHOP)),
    Scene("setup_unlock", door.setup(Stage.UNLOCK, door.wrong_passphrase)),
    Scene("setup_broken", door.setup(Stage.BROKEN, door.damaged)),
)
