//! The rooms as the spec names them.

use poem_openapi::Tags;

/// One tag a room.
#[derive(Tags)]
#[oai(rename_all = "snake_case")]
pub enum Tag {
    /// 审计：谁在何时做了什么 · Who did what, in a chain that shows tampering.
    Audit,
    /// 通知：发件箱 · Messages to people and where they are.
    Notices,
    /// 地方：县、乡镇（街道）、企业 · County, townships and enterprises.
    Places,
    /// 人员：一人一档 · People and where they worked.
    People,
    /// 账号：登录与角色 · Signing in and roles.
    Accounts,
    /// 方案：实施方案与任务数 · Training plans and quotas.
    Plans,
    /// 学时：只增不改的台账 · The append-only ledger of training.
    Hours,
    /// 线上课程：学习与学习进度 · Courses online, and what learners have of them.
    Courses,
    /// 考试：题库、试卷、答卷 · Questions, papers drawn from them, and attempts.
    Exams,
    /// 培训班：签到与签到表上传 · Classes, attendance and its upload.
    Classes,
    /// 证书：作业目录、应领名单、领码 · Catalogue, due list and claims.
    Certificates,
    /// 安全码：领取、出示、核验、信任包 · Codes: claimed, shown, checked offline.
    Codes,
    /// 合格证明：培训合格证明的开具与查验 · Certificates of training, issued and checked.
    Proofs,
    /// 更正申请：个人档案有误的申请与答复 · What people ask to be put right in their files.
    Corrections,
    /// 看板：任务进度与报表 · Progress and reports.
    Boards,
    /// 我的：手机首屏、还差什么 · The caller's own first screen, and what is missing.
    Me,
    /// 档案：个人数据导出、保存期限 · A person's own data, and how long what is kept.
    Archives,
    /// 服务：后台任务 · Background jobs.
    Jobs,
}
