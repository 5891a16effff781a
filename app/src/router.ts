// Every screen, for whom it is, and the chunk it comes in.
import { type RouteRecordRaw, createRouter, createWebHistory } from 'vue-router'
import { type Role, role, session } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    /** For these roles; everybody signed in where none is named. */
    roles?: Role[]
    /** Needs no sign-in. */
    open?: boolean
    /** Without bar and tabs: the whole screen is its own. */
    bare?: boolean
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: () => import('./roles/common/Home.vue') },
  { path: '/sign-in', name: 'sign-in', meta: { open: true, bare: true }, component: () => import('./roles/common/SignIn.vue') },
  { path: '/activate', name: 'activate', meta: { open: true, bare: true }, component: () => import('./roles/common/Activate.vue') },
  { path: '/forgot', name: 'forgot', meta: { open: true, bare: true }, component: () => import('./roles/common/Forgot.vue') },
  {
    path: '/entrance/:kind(invitation|reset)',
    name: 'entrance',
    props: true,
    meta: { open: true, bare: true },
    component: () => import('./roles/common/Entrance.vue'),
  },
  {
    path: '/invite',
    name: 'invite',
    meta: { roles: ['township_officer', 'county_admin', 'system_admin'] },
    component: () => import('./roles/county/Invite.vue'),
  },
  { path: '/audit', name: 'audit', meta: { roles: ['auditor'] }, component: () => import('./roles/county/Audit.vue') },
  { path: '/me', name: 'me', component: () => import('./roles/common/Me.vue') },
  { path: '/code', name: 'code', meta: { roles: ['worker'] }, component: () => import('./roles/worker/Code.vue') },
  {
    path: '/code/claim',
    name: 'claim',
    props: (to) => ({ move: to.query.move === '1' }),
    meta: { roles: ['worker'] },
    component: () => import('./roles/worker/Claim.vue'),
  },
  { path: '/learn', name: 'learn', meta: { roles: ['worker'] }, component: () => import('./roles/worker/Learn.vue') },
  {
    path: '/learn/courses/:course',
    name: 'course',
    props: true,
    meta: { roles: ['worker'] },
    component: () => import('./roles/worker/learning/Course.vue'),
  },
  {
    path: '/learn/enrolments/:enrolment/lessons/:lesson',
    name: 'lesson',
    props: (to) => ({ ...to.params, course: to.query.course }),
    meta: { roles: ['worker'] },
    component: () => import('./roles/worker/learning/Lesson.vue'),
  },
  {
    path: '/learn/exams/:paper',
    name: 'exam',
    props: true,
    meta: { roles: ['worker'] },
    component: () => import('./roles/worker/learning/Exam.vue'),
  },
  { path: '/me/devices', name: 'devices', component: () => import('./roles/common/Devices.vue') },
  { path: '/code/card', name: 'card', meta: { roles: ['worker'] }, component: () => import('./roles/worker/CardPhoto.vue') },
  {
    path: '/reviews',
    name: 'reviews',
    meta: { roles: ['township_officer', 'county_officer', 'county_admin'] },
    component: () => import('./roles/township/Reviews.vue'),
  },
  {
    path: '/quotas',
    name: 'quotas',
    meta: { roles: ['county_officer', 'county_admin'] },
    component: () => import('./roles/county/Quotas.vue'),
  },
  { path: '/learn/scan', name: 'scan', meta: { roles: ['worker'] }, component: () => import('./roles/worker/Scan.vue') },
  { path: '/learn/marks', name: 'marks', meta: { roles: ['worker'] }, component: () => import('./roles/worker/Marks.vue') },
  {
    path: '/classes',
    name: 'classes',
    meta: { roles: ['trainer', 'township_officer', 'county_officer', 'county_admin'] },
    component: () => import('./roles/trainer/Classes.vue'),
  },
  {
    path: '/classes/:id',
    name: 'class',
    props: true,
    meta: { roles: ['trainer', 'township_officer', 'county_officer', 'county_admin'] },
    component: () => import('./roles/trainer/Class.vue'),
  },
  {
    path: '/classes/:id/code',
    name: 'wall-code',
    props: (to) => ({ id: to.params.id, direction: to.query.direction === 'out' ? 'out' : 'in' }),
    meta: { roles: ['trainer', 'township_officer', 'county_officer', 'county_admin'] },
    component: () => import('./roles/trainer/WallCode.vue'),
  },
  {
    path: '/upload',
    name: 'upload',
    meta: { roles: ['trainer', 'township_officer', 'county_officer', 'county_admin'] },
    component: () => import('./roles/trainer/Upload.vue'),
  },
  {
    path: '/verify',
    name: 'verify',
    meta: { roles: ['inspector', 'township_officer', 'county_officer', 'county_admin', 'enterprise_manager', 'trainer'] },
    component: () => import('./roles/inspector/Verify.vue'),
  },
  {
    path: '/board',
    name: 'board',
    meta: { roles: ['township_officer', 'county_officer', 'county_admin', 'enterprise_manager'] },
    component: () => import('./roles/township/Board.vue'),
  },
  {
    path: '/board/:region',
    name: 'town',
    props: true,
    meta: { roles: ['township_officer', 'county_officer', 'county_admin'] },
    component: () => import('./roles/township/Town.vue'),
  },
  {
    path: '/board/:region/shares',
    name: 'shares',
    props: true,
    meta: { roles: ['township_officer'] },
    component: () => import('./roles/township/Shares.vue'),
  },
  {
    path: '/wall',
    name: 'wall',
    meta: { roles: ['township_officer', 'county_officer', 'county_admin'], bare: true },
    component: () => import('./roles/county/Wall.vue'),
  },
  {
    path: '/people',
    name: 'people',
    meta: { roles: ['township_officer', 'county_officer', 'county_admin', 'enterprise_manager', 'trainer'] },
    component: () => import('./roles/people/People.vue'),
  },
  {
    path: '/people/:id',
    name: 'person',
    props: (to) => ({ id: to.params.id, plan: to.query.plan }),
    meta: { roles: ['township_officer', 'county_officer', 'county_admin', 'enterprise_manager', 'trainer'] },
    component: () => import('./roles/people/Person.vue'),
  },
  { path: '/:rest(.*)*', name: 'nowhere', meta: { open: true }, component: () => import('./roles/common/Nowhere.vue') },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
})

/** Links in mails carry their secret behind the number sign: `/#/reset/…`. */
const MAILED = /^#\/(invitation|reset)\/([\w-]+)$/

router.beforeEach((to) => {
  const mailed = MAILED.exec(to.hash)
  if (mailed) return { name: 'entrance', params: { kind: mailed[1] }, hash: `#${mailed[2]}`, replace: true }
  if (to.meta.open) return true
  if (!session.me) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { then: to.fullPath } }
  if (to.meta.roles && !(role.value && to.meta.roles.includes(role.value))) return { name: 'home' }
  return true
})
