// Pulling a screen down at its top asks again (下拉刷新). Keyboards have their own way: the button of an old answer, or F5.
import { type Ref, onBeforeUnmount, onMounted, ref } from 'vue'

const FAR = 72

export function pull(again: () => Promise<void>): { pulled: Ref<number>; asking: Ref<boolean> } {
  /** How far it is pulled: 1 is far enough. */
  const pulled = ref(0)
  const asking = ref(false)
  let from: number | null = null

  function begin(event: TouchEvent): void {
    from = scrollY <= 0 && event.touches.length === 1 && !asking.value ? (event.touches[0]?.clientY ?? null) : null
  }
  function move(event: TouchEvent): void {
    if (from === null) return
    const down = (event.touches[0]?.clientY ?? 0) - from
    pulled.value = scrollY <= 0 && down > 8 ? Math.min(1.3, (down - 8) / FAR / 1.6) : 0
  }
  async function end(): Promise<void> {
    from = null
    const far = pulled.value >= 1
    pulled.value = 0
    if (!far) return
    asking.value = true
    try {
      await again()
    } finally {
      asking.value = false
    }
  }
  const letGo = (): void => void end()
  onMounted(() => {
    addEventListener('touchstart', begin, { passive: true })
    addEventListener('touchmove', move, { passive: true })
    addEventListener('touchend', letGo)
    addEventListener('touchcancel', letGo)
  })
  onBeforeUnmount(() => {
    removeEventListener('touchstart', begin)
    removeEventListener('touchmove', move)
    removeEventListener('touchend', letGo)
    removeEventListener('touchcancel', letGo)
  })
  return { pulled, asking }
}
