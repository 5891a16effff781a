// The tabs of each role: at most four, in the order of a day's work.
import type { Key } from './i18n'
import type { IconName } from './kit/icons'
import type { Role } from './session'

export interface Tab {
  name: string
  label: Key
  icon: IconName
}

const me: Tab = { name: 'me', label: 'tab.me', icon: 'person' }
const verify: Tab = { name: 'verify', label: 'tab.verify', icon: 'scan' }
const classes: Tab = { name: 'classes', label: 'tab.classes', icon: 'list' }
const upload: Tab = { name: 'upload', label: 'tab.upload', icon: 'upload' }
const people: Tab = { name: 'people', label: 'tab.people', icon: 'people' }
const board: Tab = { name: 'board', label: 'tab.board', icon: 'bars' }

export const tabs: Record<Role, Tab[]> = {
  worker: [
    { name: 'code', label: 'tab.code', icon: 'qr' },
    { name: 'learn', label: 'tab.learn', icon: 'book' },
    { name: 'notices', label: 'tab.notices', icon: 'bell' },
    me,
  ],
  inspector: [verify, { name: 'records', label: 'tab.records', icon: 'list' }, me],
  trainer: [classes, upload, verify, me],
  township_officer: [board, people, verify, me],
  county_officer: [board, people, upload, me],
  county_admin: [board, people, upload, me],
  enterprise_manager: [board, people, verify, me],
  system_admin: [me],
  auditor: [{ name: 'audit', label: 'tab.audit', icon: 'list' }, me],
}
