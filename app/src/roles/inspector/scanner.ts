// The camera of a screen that scans: started by it, put out when it is left, also when it came late.
import { type Ref, nextTick, onBeforeUnmount, ref } from 'vue'
import type { Camera } from './camera'

interface Scanner {
  /** No camera, or none that may be used: a photo does as well. */
  blocked: Ref<boolean>
  start: () => Promise<void>
  stop: () => void
}

export function scanner(video: Ref<HTMLVideoElement | undefined>, found: (text: string) => void): Scanner {
  const blocked = ref(false)
  let camera: Camera | null = null
  let round = 0

  function stop(): void {
    round++
    camera?.stop()
    camera = null
  }
  async function start(): Promise<void> {
    stop()
    const own = round
    blocked.value = false
    try {
      const { watchCamera } = await import('./camera')
      await nextTick()
      if (!video.value || own !== round) return
      const opened = await watchCamera(video.value, found)
      if (own === round) camera = opened
      else opened.stop()
    } catch {
      blocked.value = own === round
    }
  }
  onBeforeUnmount(stop)
  return { blocked, start, stop }
}
