// Each role's work that is no tab, in the order of a day's work.
import type { Schemas } from './api/client'
import type { Key } from './i18n'
import type { Role } from './session'

/** A screen, and which of what waits is done there. */
export interface Task {
  name: string
  label: Key
  waits?: (keyof Schemas['WaitingView'])[]
}

const reviews: Task = { name: 'reviews', label: 'queue.title', waits: ['reviews'] }
const held: Task = { name: 'classes', label: 'class.title', waits: ['walk_ins'] }
const objections: Task = { name: 'objections', label: 'objections.title', waits: ['objections_to_answer'] }
const corrections: Task = { name: 'corrections', label: 'correct.title', waits: ['corrections'] }
const staff: Task = { name: 'accounts', label: 'staff.title' }
const outbox: Task = { name: 'outbox', label: 'outbox.title' }
const enrol: Task = { name: 'enrol', label: 'enrol.title' }
const records: Task = { name: 'records', label: 'records.open', waits: ['reds'] }
const certificates: Task = { name: 'certificates', label: 'certs.title', waits: ['certificates_expiring'] }
const pack: Task = { name: 'pack', label: 'pack.title' }
const teaching: Task[] = [
  { name: 'courses', label: 'courses.title' },
  { name: 'questions', label: 'bank.title' },
  { name: 'papers', label: 'papers.title' },
]
const county: Task[] = [
  { name: 'plans', label: 'plan.title' },
  { name: 'quotas', label: 'quota.title' },
  reviews,
  held,
  objections,
  corrections,
  records,
  certificates,
  ...teaching,
]

export const tasks: Record<Role, Task[]> = {
  worker: [],
  inspector: [pack],
  trainer: [objections, ...teaching, pack],
  township_officer: [reviews, held, objections, corrections, records, certificates, staff, pack],
  county_officer: county,
  county_admin: [...county, staff, outbox],
  enterprise_manager: [enrol, certificates, pack],
  system_admin: [staff, outbox],
  auditor: [staff],
}
