// Who gives which role, and how an account's state is shown.
import type { Schemas } from '../../api/client'
import type { Role } from '../../session'

export const inTownship: Role[] = ['township_officer', 'inspector', 'trainer']
export const staffRoles: Role[] = ['enterprise_manager', ...inTownship, 'county_officer', 'county_admin', 'auditor', 'system_admin']

/** The roles that one of this role may give; the system's administrator has no list of places to choose from. */
export function givenBy(role: Role): Role[] {
  if (role === 'system_admin') return ['county_officer', 'county_admin', 'auditor', 'system_admin']
  if (role === 'county_admin') return ['enterprise_manager', ...inTownship, 'county_officer']
  if (role === 'township_officer') return ['enterprise_manager', 'inspector', 'trainer']
  return []
}

export const stateTone = (state: Schemas['AccountState']): 'ok' | 'warn' | 'bad' =>
  state === 'active' ? 'ok' : state === 'invited' ? 'warn' : 'bad'
