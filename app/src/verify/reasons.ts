// Why a code has its colour: the stable word, what to say and what to do, an icon. In the order of src/codes/verdict/reasons.rs:
// of several yellow ones the first is the reason.
export type Colour = 'green' | 'yellow' | 'red' | 'grey'

interface Told {
  colour: Colour
  icon: string
  zh: readonly [title: string, remedy: string]
  en: readonly [title: string, remedy: string]
}

export const REASONS = {
  valid: { colour: 'green', icon: 'check', zh: ['有效', '可以上岗作业。'], en: ['Valid', 'The holder may do this work.'] },
  not_ours: { colour: 'grey', icon: 'question', zh: ['不是安全码', '请让持证人打开本县安全码；不要打开码中的网址。'], en: ['Not a safety code', 'Ask for the county\'s safety code; do not open any address in what you scanned.'] },
  no_bundle: { colour: 'grey', icon: 'download', zh: ['尚无信任包', '请联网打开核验端一次，取得信任包后再扫。'], en: ['No trust bundle yet', 'Go online once so that the verifier fetches its trust bundle, then scan again.'] },
  unclaimed: { colour: 'grey', icon: 'hourglass', zh: ['尚未领码', '请持证人先领取安全码。'], en: ['Not claimed yet', 'The holder has to claim the code first.'] },
  malformed: { colour: 'red', icon: 'broken', zh: ['码已损坏或被改动', '请刷新后重扫；仍如此则不予放行并上报。'], en: ['Damaged or altered', 'Refresh the code and scan again; if it stays so, refuse and report it.'] },
  unknown_key: { colour: 'red', icon: 'key', zh: ['签发密钥不明', '请更新信任包后重扫；仍如此则按伪造处理。'], en: ['Signed by an unknown key', 'Update the trust bundle and scan again; if it stays so, treat it as forged.'] },
  forged: { colour: 'red', icon: 'forbidden', zh: ['伪造', '不予放行，记录并上报。'], en: ['Forged', 'Refuse, keep a record and report it.'] },
  key_revoked: { colour: 'red', icon: 'key', zh: ['签发密钥已作废', '请持证人重新领码。'], en: ['The issuing key is revoked', 'The holder has to claim the code anew.'] },
  key_out_of_time: { colour: 'red', icon: 'key', zh: ['签发时间不在密钥有效期内', '不予放行，记录并上报。'], en: ['Issued while its key was not in force', 'Refuse, keep a record and report it.'] },
  revoked: { colour: 'red', icon: 'forbidden', zh: ['已撤销', '不得上岗；向发码单位核实。'], en: ['Revoked', 'No work with this code; ask the issuing bureau.'] },
  suspended: { colour: 'red', icon: 'pause', zh: ['已暂停', '不得上岗；持证人可向发码单位申请恢复。'], en: ['Suspended', 'No work until the issuing bureau reinstates it.'] },
  superseded: { colour: 'red', icon: 'replace', zh: ['已换新码', '请出示新手机上的安全码。'], en: ['Replaced by a newer code', 'Ask for the code on the holder\'s new phone.'] },
  challenge_missing: { colour: 'red', icon: 'keypad', zh: ['未输入验证数字', '请持证人输入屏幕上的四位数字后重扫。'], en: ['The digits were not entered', 'Let the holder type the four digits you show, then scan again.'] },
  challenge_wrong: { colour: 'red', icon: 'keypad', zh: ['验证数字不符', '请重新出示数字，由持证人当面输入后重扫。'], en: ['The digits do not match', 'Show new digits, let the holder type them before you, and scan again.'] },
  replayed: { colour: 'red', icon: 'repeat', zh: ['重复使用的码', '请持证人当面刷新；或改用四位数字验证。'], en: ['Already shown once', 'Let the holder refresh it before you, or use the four digits.'] },
  proof_old: { colour: 'red', icon: 'clock', zh: ['不是当前的码', '可能是截图。请用四位数字验证。'], en: ['Not a current code', 'It may be a picture. Use the four digits.'] },
  not_for_this_item: { colour: 'red', icon: 'forbidden', zh: ['没有此项作业的证', '不得从事此项作业。'], en: ['No certificate for this work', 'The holder may not do this work.'] },
  expired: { colour: 'red', icon: 'calendar', zh: ['已过期', '不得上岗；请办理换证。'], en: ['Expired', 'No work; the certificate has to be renewed.'] },
  review_overdue: { colour: 'red', icon: 'calendar', zh: ['复审逾期', '不得上岗；请先完成复审。'], en: ['Re-examination overdue', 'No work until the re-examination is passed.'] },
  paper: { colour: 'yellow', icon: 'id_card', zh: ['纸质码', '码是真的；请核对身份证与本人。'], en: ['Printed code', 'Genuine; compare the person with the ID card.'] },
  verifier_clock: { colour: 'yellow', icon: 'clock', zh: ['本机时间不准', '请校准本机时间后重扫。'], en: ['This device\'s clock is wrong', 'Set this device\'s clock and scan again.'] },
  clocks_differ: { colour: 'yellow', icon: 'clock', zh: ['双方时间不一致', '数字相符；请核对身份证，并请持证人校准手机时间。'], en: ['The clocks differ', 'The digits match; compare with the ID card, and have the phone\'s clock set.'] },
  bundle_old: { colour: 'yellow', icon: 'download', zh: ['信任包过旧', '请联网更新；在此之前撤销的码可能仍显示为真。'], en: ['The trust bundle is too old', 'Go online to update it: a code revoked since would not show.'] },
  bundle_stale: { colour: 'yellow', icon: 'download', zh: ['信任包需要更新', '请联网更新后重扫。'], en: ['The trust bundle needs an update', 'Go online to update it, then scan again.'] },
  choose_item: { colour: 'yellow', icon: 'list', zh: ['请选择作业项目', '部分证有效、部分无效；请按作业项目核验。'], en: ['Choose the work', 'Some certificates are good and some are not; ask for the work to be done.'] },
  dates_unknown: { colour: 'yellow', icon: 'calendar', zh: ['有效期未登记', '请核对证件原件上的有效期。'], en: ['Dates are not on the register', 'Look at the dates on the certificate itself.'] },
  unverified: { colour: 'yellow', icon: 'search', zh: ['证件待核验', '尚未向发证机关核验；请查验证件原件。'], en: ['Not yet checked with its issuer', 'Look at the certificate itself.'] },
  expires_soon: { colour: 'yellow', icon: 'calendar', zh: ['即将到期', '可以上岗；请提醒办理换证。'], en: ['Expires soon', 'The holder may work; remind him to renew.'] },
  review_soon: { colour: 'yellow', icon: 'calendar', zh: ['即将复审', '可以上岗；请提醒参加复审。'], en: ['Re-examination due soon', 'The holder may work; remind him of it.'] },
} as const satisfies Record<string, Told>

export type Reason = keyof typeof REASONS

const ORDER = Object.keys(REASONS) as Reason[]
export const order = (reason: Reason): number => ORDER.indexOf(reason)
