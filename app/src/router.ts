// Every screen, for whom it is, and the chunk it comes in.
import { type RouteRecordRaw, createRouter, createWebHistory } from 'vue-router'
import { readyForOffice } from './i18n'
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
  { path: '/me', name: 'me', component: () => import('./roles/common/Me.vue') },
  { path: '/code', name: 'code', meta: { roles: ['worker'] }, component: () => import('./roles/worker/Code.vue') },
  {
    path: '/code/claim',
    name: 'claim',
    props: (to) => ({ move: to.query.move === '1' }),
    meta: { roles: ['worker'] },
    component: () => import('./roles/worker/Claim.vue'),
  },
  { path: '/notices', name: 'notices', meta: { roles: ['worker'] }, component: () => import('./roles/worker/Notices.vue') },
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
  {
    path: '/me/corrections',
    name: 'my-corrections',
    meta: { roles: ['worker'] },
    // Few read its words: they come with it.
    component: () => readyForOffice().then(() => import('./roles/worker/Corrections.vue')),
  },
  {
    path: '/me/choices',
    name: 'choices',
    meta: { roles: ['worker'] },
    component: () => readyForOffice().then(() => import('./roles/worker/Choices.vue')),
  },
  { path: '/me/devices', name: 'devices', component: () => import('./roles/common/Devices.vue') },
  { path: '/code/card', name: 'card', meta: { roles: ['worker'] }, component: () => import('./roles/worker/CardPhoto.vue') },
  { path: '/learn/scan', name: 'scan', meta: { roles: ['worker'] }, component: () => import('./roles/worker/Scan.vue') },
  { path: '/learn/marks', name: 'marks', meta: { roles: ['worker'] }, component: () => readyForOffice().then(() => import('./roles/worker/Marks.vue')) },
  { path: '/:rest(.*)*', name: 'nowhere', meta: { open: true }, component: () => import('./roles/common/Nowhere.vue') },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
})

let whole = false
/** Adds the screens of offices; false where they are there. */
async function addOffice(): Promise<boolean> {
  if (whole) return false
  const [{ officeRoutes }] = await Promise.all([import('./office_routes'), readyForOffice()])
  for (const route of officeRoutes) router.addRoute(route)
  whole = true
  return true
}

/** Links in mails carry their secret behind the number sign: `/#/reset/…`. */
const MAILED = /^#\/(invitation|reset)\/([\w-]+)$/

router.beforeEach(async (to) => {
  const mailed = MAILED.exec(to.hash)
  if (mailed) return { name: 'entrance', params: { kind: mailed[1] }, hash: `#${mailed[2]}`, replace: true }
  const office = role.value !== null && role.value !== 'worker'
  const unknown = to.name === 'nowhere'
  if ((office || unknown) && (await addOffice()) && unknown) return { path: to.path, query: to.query, hash: to.hash, replace: true }
  if (to.meta.open) return true
  if (!session.me) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { then: to.fullPath } }
  if (to.meta.roles && !(role.value && to.meta.roles.includes(role.value))) return { name: 'home' }
  return true
})
