// What was really played of a lesson, told to the server in heartbeats. They are kept on this phone until they are
// answered, so a dead battery or hours without a network lose nothing; the server alone decides what they are worth.
import { reactive } from 'vue'
import { Problem, type Schemas, api, ask } from '../../../api/client'

type Beat = Schemas['HeartbeatInput']
type Told = Schemas['HeartbeatsView']

/** Seconds between heartbeats. */
const EVERY = 10
/** Heartbeats sent at once. */
const MOST = 400

interface Kept {
  player: Schemas['PlayerView']
  /** When the answer to the opening came, by this phone's clock in milliseconds. */
  opened: number
  seq: number
  beats: Beat[]
}

export interface Player {
  place: number
  seconds: number
  credited: number
  done: boolean
  finished: boolean
  playing: boolean
  unsent: number
  check: Schemas['PresenceCheckView'] | null
  /** What the server said last that is worth reading. */
  note: string
  start: () => void
  stop: () => void
  /** Another place was chosen. */
  leap: (place: number) => void
  /** The place that is played now, where a video says it itself. */
  at: (place: number) => void
  tap: (passed: boolean) => Promise<void>
  close: () => void
}

const name = (player: string): string => `anpei.player.${player}`

/** Sends what earlier visits left behind. */
export async function sendLeft(): Promise<void> {
  for (const key of Object.keys(localStorage).filter((key) => key.startsWith('anpei.player.'))) {
    try {
      const kept = JSON.parse(localStorage.getItem(key) ?? '') as Kept
      if (kept.beats.length > 0) await send(kept.player.id, kept.beats.slice(0, MOST))
      localStorage.removeItem(key)
    } catch (error) {
      // Over after seven days, or never one of ours: nothing is to be had of it any more.
      if (!(error instanceof Problem) || error.status === 404) localStorage.removeItem(key)
    }
  }
}

function send(player: string, heartbeats: Beat[], presence?: Schemas['PresenceInput']): Promise<Told> {
  const path = { params: { path: { player_id: player } } }
  const body = presence ? { heartbeats, presence } : { heartbeats }
  return ask(api.POST('/v1/courses/players/{player_id}/heartbeats', { ...path, body }))
}

export async function open(enrolment: string, lesson: string, done: boolean): Promise<Player> {
  const path = { params: { path: { enrolment_id: enrolment, lesson_id: lesson } } }
  const opened = await ask(api.POST('/v1/courses/enrolments/{enrolment_id}/lessons/{lesson_id}/players', path))
  const kept: Kept = { player: opened, opened: Date.now(), seq: 0, beats: [] }
  let last = 0
  let from = opened.place
  let shown = 0
  let sending = false
  // Only forward, also where somebody sets the phone's clock back.
  const now = (): number => (last = Math.max(last, Date.now() - kept.opened))

  const player: Player = reactive({
    place: opened.place >= opened.seconds ? 0 : opened.place,
    seconds: opened.seconds,
    credited: opened.credited_seconds,
    done,
    finished: false,
    playing: false,
    unsent: 0,
    check: null,
    note: '',
    start() {
      if (player.playing) return
      player.playing = true
      from = player.place
      note()
    },
    stop() {
      if (!player.playing) return
      note()
      player.playing = false
      void flush()
    },
    leap(place) {
      const was = player.playing
      if (was) player.stop()
      player.place = Math.max(0, Math.min(place, player.seconds))
      if (was) player.start()
    },
    at(place) {
      player.place = Math.min(Math.floor(place), player.seconds)
    },
    async tap(passed) {
      if (!player.check) return
      const presence = { number: player.check.number, shown_at_ms: shown, ...(passed ? { tapped_at_ms: now() } : {}) }
      player.check = null
      await flush(presence)
    },
    close() {
      player.stop()
      clearInterval(timer)
      document.removeEventListener('visibilitychange', hidden)
    },
  })

  /** Notes the stretch played since the last note. */
  function note(): void {
    kept.beats.push({ seq: kept.seq++, place_from: from, place_to: player.place, at_ms: Math.round(now()) })
    from = player.place
    player.unsent = kept.beats.length
    localStorage.setItem(name(opened.id), JSON.stringify(kept))
  }

  async function flush(presence?: Schemas['PresenceInput']): Promise<void> {
    if (sending || (kept.beats.length === 0 && !presence)) return
    sending = true
    const some = kept.beats.slice(0, MOST)
    try {
      const told = some.length
        ? await send(opened.id, some, presence)
        : await ask(
            api.POST('/v1/courses/players/{player_id}/presence', {
              params: { path: { player_id: opened.id } },
              body: presence as Schemas['PresenceInput'],
            }),
          )
      kept.beats.splice(0, some.length)
      take(told)
      if (kept.beats.length === 0) localStorage.removeItem(name(opened.id))
      else localStorage.setItem(name(opened.id), JSON.stringify(kept))
    } catch (error) {
      if (error instanceof Problem && !error.offline && error.status < 500) player.note = error.detail
    } finally {
      sending = false
      player.unsent = kept.beats.length
    }
  }

  function take(told: Told): void {
    player.credited = told.credited_seconds
    player.done ||= told.lesson_done
    player.finished ||= told.course_finished
    player.note = told.presence?.detail ?? told.heard.find((heard) => heard.detail)?.detail ?? ''
    if (told.presence_check && !player.check) {
      player.check = told.presence_check
      shown = Math.round(now())
    }
  }

  let ticks = 0
  const timer = setInterval(() => {
    if (!player.playing) return
    ticks++
    if (ticks % EVERY === 0 || player.place >= player.seconds) {
      note()
      void flush()
    }
    if (player.place >= player.seconds) player.stop()
  }, 1000)
  // A page nobody sees is not read; losing the focus costs nothing.
  const hidden = (): void => {
    if (document.visibilityState === 'hidden' && player.playing) player.stop()
  }
  document.addEventListener('visibilitychange', hidden)
  return player
}
