//! Every code this service answers with: its status, and its words in both languages.

use crate::platform::locale::Lang;

macro_rules! codes {
    ($($name:ident = $status:literal $code:literal, $zh:literal, $en:literal;)*) => {
        /// Every error this service answers with: stable, documented, in two languages.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($name),* }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The stable word clients branch on.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Code::$name => $code),* }
            }

            /// The HTTP status it is answered with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Code::$name => $status),* }
            }

            pub(super) const fn text(self, lang: Lang) -> &'static str {
                match (self, lang) { $((Code::$name, Lang::Zh) => $zh, (Code::$name, Lang::En) => $en),* }
            }

            /// The code with this word.
            #[must_use]
            pub fn of_word(word: &str) -> Option<Code> {
                match word { $($code => Some(Code::$name),)* _ => None }
            }
        }
    };
}

codes! {
    BadRequest = 400 "bad_request", "请求内容无法读取：{reason}", "The request cannot be read: {reason}";
    InvalidBody = 400 "invalid_body", "请求内容有 {count} 处不符合要求，见 errors", "{count} fields of the body are not acceptable; see errors";
    BadParameter = 400 "bad_parameter", "参数“{field}”不正确：{reason}", "The parameter “{field}” is not acceptable: {reason}";
    FieldUnknown = 400 "field_unknown", "没有“{field}”这一项，请删除或核对名称", "There is no field “{field}”; remove it or check its name";
    FieldType = 400 "field_type", "“{field}”的类型不对，应为 {expected}", "“{field}” is of the wrong kind; {expected} is expected";
    FormFieldMissing = 400 "form_field_missing", "表单缺少“{field}”", "The form lacks “{field}”";
    InvalidCursor = 400 "invalid_cursor", "翻页游标无效，请从第一页重新开始", "The cursor is not one of ours; start from the first page";
    Unauthenticated = 401 "unauthenticated", "请先登录", "Sign in first";
    TokenExpired = 401 "token_expired", "登录已过期，请刷新令牌或重新登录", "The access token has expired; refresh it or sign in again";
    SessionEnded = 401 "session_ended", "该登录已被结束，请重新登录", "This session was ended; sign in again";
    WrongCredentials = 401 "wrong_credentials", "账号或密码不正确", "The login or the password is wrong";
    RefreshRefused = 401 "refresh_refused", "刷新令牌无效或已使用，请重新登录", "The refresh token is invalid or was used before; sign in again";
    SecretRefused = 401 "secret_refused", "链接或激活码不正确、已使用或已过期，请重新获取", "The link or code is wrong, used or too old; ask for a new one";
    Forbidden = 403 "forbidden", "您的角色不能进行此操作", "None of your roles may do this";
    OwnAccount = 403 "own_account", "不能停用或改动自己的账号，请由另一位管理员操作", "Nobody changes or disables his own account; ask another administrator";
    MediaLinkRefused = 403 "media_link_refused", "文件链接已过期或不完整，请返回课程重新打开", "The link to the file is too old or not whole; open it from the course again";
    NotFound = 404 "not_found", "找不到，或不在您的管理范围内", "Not found, or outside what you may see";
    MethodNotAllowed = 405 "method_not_allowed", "此地址不支持这种请求方法", "This address does not take that method";
    RequestTimeout = 408 "request_timeout", "请求接收超时，请重试", "The request took too long to arrive; try again";
    Conflict = 409 "conflict", "与已有数据冲突：{what}", "It conflicts with what is there: {what}";
    LoginTaken = 409 "login_taken", "登录名“{login}”已被使用，请换一个", "The login “{login}” is taken; choose another";
    AccountDisabled = 409 "account_disabled", "登录名“{login}”的账号已停用，不能再邀请；请换一个登录名", "The account “{login}” is disabled and cannot be invited again; choose another login";
    RegionCodeTaken = 409 "region_code_taken", "区划代码“{code}”在该日期已存在", "The region code “{code}” exists on that day";
    CreditCodeTaken = 409 "credit_code_taken", "统一社会信用代码“{code}”已属于另一家企业", "The credit code “{code}” belongs to another enterprise";
    IdBelongsToAnotherName = 409 "id_belongs_to_another_name", "该证件号码已登记在另一姓名下，请核对后由管理员处理", "This ID number is on file under another name; a person has to settle it";
    AcademyNameTaken = 409 "academy_name_taken", "已有名为“{name}”的学习平台", "There is an academy of the name “{name}”";
    PlanTitleTaken = 409 "plan_title_taken", "该年度已有同名方案", "That year has a plan of this title";
    PlanNotDraft = 409 "plan_not_draft", "方案已发布，不能再修改草稿", "The plan is published; its draft can no longer be changed";
    PlanNotPublished = 409 "plan_not_published", "方案尚未发布或已结束，不能记入学时", "The plan is not open: publish it first, or it is closed";
    PlanNotClosed = 409 "plan_not_closed", "方案尚未结束，请先结束方案再结算", "The plan is not closed; close it first, then settle it";
    PlanPeriodRunning = 409 "plan_period_running", "方案期间尚未结束，请在期间结束后结算", "The plan's period still runs; settle it when it is over";
    PlanSettled = 409 "plan_settled", "方案已结算，结算数不再变动；更正照常登记，列在结算数旁", "The plan is settled and its figures no longer move; corrections are entered as ever and show beside them";
    ClassExists = 409 "class_exists", "同一天、同一乡镇已有同名培训班", "A class of this title exists in that township on that day";
    ClassCancelled = 409 "class_cancelled", "培训班已取消", "The class was cancelled";
    WalkInSettled = 409 "walk_in_settled", "该待核对人员已处理过，请刷新名单", "This walk-in was settled before; read the list again";
    MarkConfirmed = 409 "mark_confirmed", "您已确认该签到记录；如有出入请联系培训教师更正", "You have confirmed this mark; ask the trainer to correct it if it is wrong";
    MarkReplaced = 409 "mark_replaced", "该签到记录已被更正，请刷新后查看新的记录", "This mark was corrected meanwhile; read the new one";
    ClassFull = 409 "class_full", "培训班只剩 {left} 个座位，要报 {wanted} 人；请减少人数或选择其他班", "The class has {left} seats left and {wanted} people were named; name fewer or choose another class";
    ClassBegun = 409 "class_begun", "培训班已开始或已结束，不能再报名或退出", "The class has begun or is over; nobody is enrolled or withdrawn any more";
    RatingClosed = 409 "rating_closed", "培训结束超过 {days} 天，不能再评价", "More than {days} days have gone by since the class; it is rated no more";
    CorrectionSettled = 409 "correction_settled", "该申请已办结，请刷新列表", "This request was settled before; read the list again";
    CorrectionsWaiting = 409 "corrections_waiting", "已有 {count} 件申请待答复，请等待答复或撤回后再提交", "{count} requests wait for an answer; wait for it, or withdraw one";
    ObjectionOpen = 409 "objection_open", "该签到记录的异议尚未答复，请等待培训教师答复", "An objection to this mark waits for an answer; wait for the trainer's";
    ObjectionAnswered = 409 "objection_answered", "该异议已答复，请刷新列表", "This objection was answered before; read the list again";
    UploadNotOpen = 409 "upload_not_open", "该上传已提交或已放弃，不能再次处理", "This upload was committed or discarded before";
    UploadOffset = 409 "upload_offset", "已收到 {offset} 字节，请从该处继续上传", "{offset} bytes are here; go on from there";
    MediaInUse = 409 "media_in_use", "已有课程使用该文件，不能删除", "A course uses the file; it cannot be removed";
    AlreadyClaimed = 409 "already_claimed", "该证书已领码", "A code was claimed for this certificate before";
    CodeExists = 409 "code_exists", "已有安全码；换手机请选择“更换手机”，旧手机上的码随即失效", "There is a code already; to move it ask for a new phone, and the old one ends";
    NoCode = 409 "no_code", "还没有安全码，请先领取", "There is no code yet; claim it first";
    CodeNotSo = 409 "code_not_so", "安全码当前为“{state}”，不能进行此操作；请刷新后再看", "The code is “{state}” and this cannot be done to it; look at it again";
    InspectionNotOpen = 409 "inspection_not_open", "该巡查记录无须处理或已处理，请刷新列表", "This inspection needs no settling or was settled before; read the list again";
    SelectionChanged = 409 "selection_changed", "预览之后所选证书已有变动，请重新预览后再生成名单", "The certificates have changed since the preview; look at it again, then stage it";
    BatchNotSo = 409 "batch_not_so", "该批次当前为“{state}”，不能进行此操作；请刷新后再看", "The batch is “{state}” and this cannot be done to it; look at it again";
    ClaimDone = 409 "claim_done", "此次领取已完成，请打开“我的码”", "This claim was completed before; open your code";
    ClaimExpired = 409 "claim_expired", "领取已超过 {minutes} 分钟，请重新开始", "The claim is older than {minutes} minutes; begin again";
    NoCertificate = 409 "no_certificate", "名下没有登记在册的证书；请拍照提交证书，由乡镇（街道）审核", "No certificate stands on the register in your name; hand in a photo of the card and your township will look at it";
    ReviewOpen = 409 "review_open", "该作业项目已有待审核的申请，请等待审核结果", "A review of this item is open; wait for its outcome";
    ReviewDecided = 409 "review_decided", "该申请已审核，不能再处理；请刷新列表", "This review was decided before; read the list again";
    CertificateOnRegister = 409 "certificate_on_register", "该作业项目的证书已登记在册，请直接领码；有误请联系所在乡镇（街道）", "The certificate for this item is on the register: claim the code; if it is wrong, ask your township";
    CertificatesSuspended = 409 "certificates_suspended", "名下证书均已暂停，暂不能领码；请联系所在乡镇（街道）", "All your certificates are suspended, so no code can be claimed; ask your township";
    IssuerKeysExist = 409 "issuer_keys_exist", "该县已有签发密钥；更换请用 anpei keys rotate --issuer", "The county has issuer keys; change them by anpei keys rotate --issuer";
    DueListExists = 409 "due_list_exists", "同一冻结日期和来源的应领名单已导入，内容不同；请换冻结日期或来源", "A due list of that date and source was imported with other content; use another date or source";
    Stale = 412 "stale", "内容已被他人修改，请重新读取后再改", "It was changed meanwhile; read it anew, then change that";
    TusVersion = 412 "tus_version", "续传协议版本应为 {version}（Tus-Resumable）", "Uploads are resumed by tus {version} (Tus-Resumable)";
    LoanClosed = 409 "loan_closed", "该借调已同意、拒绝或撤回，不能再处理", "The loan was agreed, refused or withdrawn before";
    QuotaTooSmall = 409 "quota_too_small", "任务数只有 {quota} 人，不足以借出 {amount} 人", "The quota is {quota}, too small to lend {amount}";
    RuleNotDraft = 409 "rule_not_draft", "该学时规则已发布，不能再修改；请另拟新规则", "The rule is published and cannot be changed; draft a new one";
    PreviewStale = 409 "preview_stale", "预览之后学时规则已有变动，请重新预览后再发布", "The rules have changed since the preview; look at it again, then publish";
    LengthRequired = 411 "length_required", "缺少 Content-Length", "Content-Length is missing";
    PayloadTooLarge = 413 "payload_too_large", "内容过大，最多 {limit} 字节；请拆分文件", "Too large: at most {limit} bytes; split the file";
    UnsupportedMediaType = 415 "unsupported_media_type", "不支持的内容类型，请按文档发送", "The content type is not supported; see the documentation";
    UploadOverrun = 413 "upload_overrun", "内容多于声明的 {length} 字节，请重新上传", "There is more than the {length} bytes that were told; upload it anew";
    RangeOutside = 416 "range_outside", "所取范围超出文件长度（{length} 字节）", "The range lies outside the file of {length} bytes";
    ChecksumMismatch = 460 "checksum_mismatch", "这一段校验不符，未保存，请重新发送", "This piece fails its checksum and was not kept; send it again";
    TooManyPhones = 429 "too_many_phones", "{days} 天内更换手机次数过多，请联系所在乡镇（街道）核实", "The phone was changed too often within {days} days; ask your township";
    TooManyRequests = 429 "too_many_requests", "操作过于频繁，请 {seconds} 秒后再试", "Too many tries; wait {seconds} seconds";
    InvalidField = 422 "invalid_field", "“{field}”不符合要求：{reason}", "“{field}” is not acceptable: {reason}";
    InvalidFields = 422 "invalid_fields", "有 {count} 处内容不符合要求", "{count} fields are not acceptable";
    CorrectionDiffers = 422 "correction_differs", "与申请的证件号码不一致，请对照证件原件核对；不一致的不予更正", "It differs from the number asked for; compare it with the card, and refuse what does not agree";
    FieldMissing = 422 "field_missing", "缺少“{field}”，请补填", "“{field}” is missing; fill it in";
    IdNumberInvalid = 422 "id_number_invalid", "证件号码不正确，请核对后重填", "The ID number is wrong; check it and enter it again";
    CreditCodeInvalid = 422 "credit_code_invalid", "统一社会信用代码“{code}”校验不通过，请核对", "The credit code “{code}” fails its check; compare it with the licence";
    RegionUnknown = 422 "region_unknown", "找不到乡镇（街道）“{region}”，请填写本县现有单位的名称或代码", "There is no township “{region}”; use the name or code of one that exists";
    EnterpriseUnknown = 422 "enterprise_unknown", "找不到企业“{enterprise}”，请先导入企业", "There is no enterprise “{enterprise}”; import it first";
    CertificateUnknown = 422 "certificate_unknown", "名下没有此证书，请核对证书编号和作业代码", "You hold no such certificate; check number and item code";
    PersonNotOnFile = 422 "person_not_on_file", "找不到该人员，或不在您的管理范围内", "There is no such person within what you may manage";
    NothingSelected = 422 "nothing_selected", "所选条件下没有可暂停的证书，请核对条件", "The selection names no certificate that could be suspended; look at it again";
    CodeUnknown = 422 "code_unknown", "本县没有此安全码；伪造的码请不填码编号", "There is no such code in your county; of a forged one leave the code's id out";
    HolderKeyInvalid = 422 "holder_key_invalid", "手机公钥无效，应为 P-256 公钥", "The phone's key is not one of P-256";
    ProofInvalid = 422 "proof_invalid", "签名与手机公钥不符，请重新开始领取", "The signature does not fit the phone's key; begin the claim again";
    RootUnknown = 422 "root_unknown", "该根密钥不是本县的根密钥，请指定正确的文件", "This root is none of the county's; name the right file";
    IssuerKeyUnknown = 422 "issuer_key_unknown", "没有编号为“{kid}”的签发密钥", "There is no issuer key “{kid}”";
    ProofWithdrawn = 409 "proof_withdrawn", "台账更正后，该人员不再满足方案要求，证明已失效", "After a correction of the ledger the plan's demand is no longer met; the certificate is void";
    TypedCodeInvalid = 422 "typed_code_invalid", "短码有误，请逐位核对后重新输入", "The typed code is wrong; compare each sign and type it again";
    ItemUnknown = 422 "item_unknown", "作业代码“{code}”不在目录中", "The item code “{code}” is not in the catalogue";
    TagUnknown = 422 "tag_unknown", "没有“{tag}”这个企业标签，请从标签表中选择", "There is no enterprise tag “{tag}”; choose one of the list";
    RuleBeginsInPast = 422 "rule_begins_in_past", "规则生效日期 {day} 已过，请写明追溯生效的原因，或另拟今后生效的规则", "The rule begins on {day}, which is past: give the reason, or draft one that begins later";
    PeriodReversed = 422 "period_reversed", "结束日期早于开始日期", "The period ends before it begins";
    DayUnreadable = 422 "day_unreadable", "日期“{value}”无法识别，请写成 2020-05-12", "The day “{value}” cannot be read; write 2020-05-12";
    NumberUnreadable = 422 "number_unreadable", "数字“{value}”无法识别", "The number “{value}” cannot be read";
    OutsideScope = 422 "outside_scope", "“{what}”不在您的管理范围内", "“{what}” lies outside what you may manage";
    LineOutsideScope = 422 "line_outside_scope", "培训班所属乡镇不在您的管理范围内", "The class's township lies outside what you may manage";
    PasswordTooWeak = 422 "password_too_weak", "密码至少 10 个字符，不能与登录名相同，也不能是常见密码", "The password needs at least 10 characters, must differ from the login and must not be a common one";
    WrongPassword = 422 "wrong_password", "当前密码不正确", "The current password is wrong";
    IdempotencyKeyReused = 422 "idempotency_key_reused", "该 Idempotency-Key 已用于另一请求，请换新的", "This Idempotency-Key was used for another request; take a new one";
    UploadHasRefusedLines = 422 "upload_has_refused_lines", "选择了“全部或不提交”，但有 {count} 行被退回，未写入任何数据", "All-or-nothing was asked and {count} lines are refused; nothing was written";
    UploadSeveralClasses = 422 "upload_several_classes", "文件里有 {count} 个培训班，不能全部记入一个班；请不指定班级再上传", "The file holds {count} classes and cannot go into one; upload it without naming a class";
    ClassRegionUnclear = 422 "class_region_unclear", "看不出“{title}”属于哪个乡镇（街道），请在上传时指定", "The township of “{title}” cannot be told; name it with the upload";
    MinutesUnreadable = 422 "minutes_unreadable", "学习时长无法识别，请写成数字，或如“2小时30分”“150分钟”“4学时”", "The duration cannot be read; write a number, or as 2小时30分, 150分钟 or 1:30:00";
    FinishDayMissing = 422 "finish_day_missing", "缺少完成日期", "The day on which it was finished is missing";
    FinishDayUnreadable = 422 "finish_day_unreadable", "完成日期无法识别，请写成 2020-05-12", "The day on which it was finished cannot be read; write 2020-05-12";
    NothingToCredit = 422 "nothing_to_credit", "既无学习时长也无成绩，没有可记入的内容", "There is neither a duration nor a score, so there is nothing to enter";
    PlaceUnknown = 422 "place_unknown", "无法判断记入哪个乡镇：此人没有任职记录，表中单位也不在册；请先登记企业或任职", "It cannot be told which township it counts for: there is no post on file and the employer is unknown; put the enterprise or his post on file first";
    ResultOutsideScope = 422 "result_outside_scope", "此人所属乡镇不在您的管理范围内", "His township lies outside what you may manage";
    MappingTwice = 422 "mapping_twice", "“{meaning}”对应了两列，请只保留一列", "“{meaning}” is given to two columns; keep one of them";
    ClassDayUnclear = 422 "class_day_unclear", "看不出“{title}”的培训日期，请在表头或签到时间中写明", "The day of “{title}” cannot be told; write it in the title or the sign-in times";
    OutsidePlanPeriod = 422 "outside_plan_period", "培训日期不在方案期间内", "The training day lies outside the plan's period";
    PersonUnknown = 422 "person_unknown", "查无此人，已列入待核对；请先登记人员，再核对", "Nobody on file has this ID number; put the person on file, then match the walk-in";
    CheckInTokenInvalid = 422 "check_in_token_invalid", "签到码无效，请重新扫描现场屏幕上的二维码", "This is not a check-in code of your county; scan the one on the wall again";
    ScanFromFuture = 422 "scan_from_future", "扫码时间晚于发送时间，请校准手机时钟后重新扫描", "The scan claims a time after it was sent; set the phone's clock and scan again";
    ScanTooOld = 422 "scan_too_old", "扫码记录超过 72 小时才送达，请联系培训教师补签", "The scan arrived more than 72 hours later; ask the trainer to mark you by hand";
    CourseEmpty = 422 "course_empty", "课程还没有课时；请先添加章节和课时", "The course has no lessons; add chapters and lessons first";
    LessonIncomplete = 422 "lesson_incomplete", "课时“{title}”还不完整：标题、内容（视频、文档、正文或试卷）和时长都要有，测验不填时长", "The lesson “{title}” is not whole: it needs a title, its content (a video, a document, a text or a paper) and its seconds; a quiz has none";
    CourseMinutes = 422 "course_minutes", "课程计 {minutes} 分钟，应为 1 到课时总长 {most} 分钟", "The course credits {minutes} minutes; 1 to the {most} minutes that its lessons take are possible";
    CourseFile = 422 "course_file", "文件不存在、没有传完或用途不符；请重新上传并选择", "The file is not there, not whole, or for something else; upload it again and choose it";
    CoursePaper = 422 "course_paper", "测验的试卷应已发布，且不属于某个方案", "The paper of a quiz must be published and belong to no plan";
    CourseNotOpen = 409 "course_not_open", "课程没有发布或已停用，不能选学", "The course is not published or was retired; it cannot be begun";
    LessonNotPlayed = 422 "lesson_not_played", "测验课时不按时长计，请直接参加测验", "A quiz is not played; take its exam";
    HeartbeatTooFast = 422 "heartbeat_too_fast", "播放进度快于实际时间（倍速或跳过），这一段不计学时，可重新学习", "More was played than time went by (faster, or skipped); this stretch earns nothing, play it again";
    HeartbeatElsewhere = 422 "heartbeat_elsewhere", "这段时间已在另一课时或另一设备上计入，重叠部分不重复计", "That time is already credited in another lesson or on another device; it counts once";
    PresenceFailed = 422 "presence_failed", "未在 30 秒内确认在场，上次确认以来的时长不计，可重新学习", "No tap within 30 seconds; what was learnt since the last check earns nothing, play it again";
    NameMissing = 422 "name_missing", "姓名为空，请补填姓名", "The name is empty; fill it in";
    NameTooLong = 422 "name_too_long", "姓名过长（最多 50 字），请核对是否填错列", "The name is too long (at most 50); check whether the columns shifted";
    IdMissing = 422 "id_missing", "证件号码为空，请补填", "The ID number is empty; fill it in";
    IdDamagedBySpreadsheet = 422 "id_damaged_by_spreadsheet", "证件号码被表格软件变成了数字，末几位已丢失；请把该列设为“文本”后重新填写", "The spreadsheet turned the ID number into a number and lost its last digits; set the column to text and type it again";
    IdMalformed = 422 "id_malformed", "证件号码位数或格式不对，请核对", "The ID number has the wrong length or form; check it";
    IdChecksum = 422 "id_checksum", "身份证号码校验位不对，可能抄错一位，请对照证件核对", "The ID number fails its check digit, so a digit may be wrong; compare it with the card";
    DuplicateInFile = 422 "duplicate_in_file", "与前面的一行重复，只记第一次出现的那行", "It repeats an earlier line; only the first one counts";
    CheckoutBeforeCheckin = 422 "checkout_before_checkin", "签退时间不晚于签到时间，请核对", "The sign-out is not after the sign-in; check both";
    CheckinMissing = 422 "checkin_missing", "签到时间为空，请补填", "The sign-in time is empty; fill it in";
    CheckoutMissing = 422 "checkout_missing", "签退时间为空，请补填", "The sign-out time is empty; fill it in";
    TimeUnreadable = 422 "time_unreadable", "签到或签退时间无法识别，请写成 2020-05-12 08:30", "A sign-in or sign-out time cannot be read; write 2020-05-12 08:30";
    ScoreUnreadable = 422 "score_unreadable", "成绩无法识别，请填写数字或“合格/不合格”", "The score cannot be read; write a number, 合格 or 不合格";
    FormulaWithoutValue = 422 "formula_without_value", "单元格里只有公式没有结果，请用表格软件打开保存，或粘贴为数值", "A cell holds a formula without its result; open and save the file, or paste values";
    CellError = 422 "cell_error", "单元格显示错误值（如 #N/A），请改正", "A cell shows an error such as #N/A; mend it";
    FileTooLarge = 413 "file_too_large", "文件过大，最多 {limit} MB；请拆分", "The file is too large: at most {limit} MB; split it";
    PhotoTooLarge = 413 "photo_too_large", "照片过大，最多 {mb} MB、{megapixels} 百万像素；请用手机相机的普通画质重拍", "The photo is too large: at most {mb} MB and {megapixels} megapixels; take it again in ordinary quality";
    PhotoUnreadable = 422 "photo_unreadable", "照片无法读取或不完整；请上传 JPEG、PNG 或 WebP 照片", "The photo cannot be read or is not whole; hand in a JPEG, PNG or WebP";
    MediaNotVideo = 422 "media_not_video", "这不是 MP4 视频；请转为 MP4（H.264）后重新上传", "This is no MP4 video; convert it to MP4 (H.264) and upload it anew";
    MediaNotDocument = 422 "media_not_document", "这不是 PDF 文件；请另存为 PDF 后重新上传", "This is no PDF; save it as one and upload it anew";
    MediaNotPicture = 422 "media_not_picture", "图片无法读取或不完整；请上传 JPEG、PNG 或 WebP", "The picture cannot be read or is not whole; upload a JPEG, PNG or WebP";
    PictureTooLarge = 422 "picture_too_large", "图片过大，最多 {megapixels} 百万像素；请缩小后重新上传", "The picture has more than {megapixels} megapixels; make it smaller and upload it anew";
    FileTooLargeUnzipped = 422 "file_too_large_unzipped", "文件解压后过大，可能已损坏或含恶意内容；请另存为新的 .xlsx", "The file unpacks to too much; it may be damaged or hostile; save it as a new .xlsx";
    TooManyRows = 422 "too_many_rows", "行数过多，最多 {limit} 行；请拆分", "Too many rows: at most {limit}; split the file";
    TooManyColumns = 422 "too_many_columns", "列数过多，最多 {limit} 列；请删除多余的列", "Too many columns: at most {limit}; delete the empty ones";
    NotASheet = 422 "not_a_sheet", "这不是表格文件；请上传 .xlsx .xls .ods .csv 或 .tsv", "This is not a sheet; upload .xlsx, .xls, .ods, .csv or .tsv";
    FileBroken = 422 "file_broken", "文件不完整或已损坏；请重新保存或重新下载", "The file is cut short or damaged; save or download it again";
    FileProtected = 422 "file_protected", "文件有密码保护；请去掉密码后上传", "The file is protected by a password; remove it and upload again";
    StrayQuote = 422 "stray_quote", "第 {line} 行有不成对的引号，后面的行可能被吞掉；请改正后上传", "Line {line} has an unpaired quote that would swallow the lines after it; mend it and upload again";
    NoHeader = 422 "no_header", "找不到表头；请保留含“姓名”“身份证号码”等列名的一行", "No header row found; keep the row with the column names (name, ID number …)";
    QuestionKindUnknown = 422 "question_kind_unknown", "只能导入单选题、多选题和判断题；请改写或删去这一题", "Only single, multiple and true-or-false questions can be taken; rewrite this one or leave it out";
    OptionsWrong = 422 "options_wrong", "选项应为 2–8 个，依次填写、互不相同，每个不超过 500 字；判断题不写选项", "There must be 2–8 options, in order, different, of at most 500 characters each; none for true-or-false";
    AnswerWrong = 422 "answer_wrong", "答案应是已有选项的字母：单选一个，多选至少两个；判断题填“对”或“错”", "The answer must name options by letter: one for single, at least two for multiple; true or false otherwise";
    AnswerDiffers = 422 "answer_differs", "题库里已有这道题，但答案不同；请先核对并修改题库中的题", "The bank has this question with another answer; check it and change the one in the bank first";
    QuestionsTooFew = 422 "questions_too_few", "题库里符合这一部分要求的题只有 {found} 道，需要 {wanted} 道；请补充题目或减少题数", "The bank has only {found} questions for this section, which asks for {wanted}; add some or ask for fewer";
    PaperNotDraft = 409 "paper_not_draft", "试卷已发布，规则不能再改；请停用后另建一份", "The paper is published and its rules stand; retire it and draft another";
    PaperNotOpen = 409 "paper_not_open", "考试还没开始、已经结束或已停用", "The exam is not open yet, is over, or was retired";
    AttemptsUsed = 409 "attempts_used", "已经考过 {count} 次，次数已用完", "All {count} attempts are used";
    AttemptTooSoon = 409 "attempt_too_soon", "两次考试之间要间隔一段时间，请在 {again} 之后再考", "There is a waiting time between attempts; try again after {again}";
    AttemptClosed = 409 "attempt_closed", "这次考试已交卷或时间已到，答案不再接收；可查看成绩", "This exam is submitted or its time is over; no more answers are taken, the result can be seen";
    QuestionKnown = 409 "question_known", "题库里已有这道题", "The bank has this question already";
    EmptyFile = 422 "empty_file", "文件里没有数据行", "The file holds no data";
    Internal = 500 "internal", "服务器内部错误，请把请求编号告诉管理员", "Something went wrong here; tell the operator the request id";
    AppNotBuilt = 503 "app_not_built", "程序未包含手机应用；请运行 make app 后重新构建", "This program was built without the app; run make app and build it again";
    Busy = 503 "busy", "系统繁忙，请稍后重试", "The service is busy; try again shortly";
    KeysMissing = 503 "keys_missing", "此数据库用其他密钥加密，{folder} 中缺少 {names}；请从备份或另一台实例复制 keys 文件夹，再启动", "This database is sealed with keys that {folder} lacks: {names}; copy the keys folder from a backup or another instance, then start again";
    KeysDiffer = 503 "keys_differ", "此数据库用其他密钥加密，{folder} 中的 {names} 不是原来的密钥；请换回原来的 keys 文件夹，再启动", "This database is sealed with other keys than {names} in {folder}; put the right keys folder back, then start again";
    IssuerKeyMissing = 503 "issuer_key_missing", "本县还没有签发密钥，请管理员运行 anpei keys init", "The county has no issuer key; its operator has to run anpei keys init";
    DatabaseUnavailable = 503 "database_unavailable", "数据库暂时不可用，请稍后重试", "The database cannot be reached; try again shortly";
}
