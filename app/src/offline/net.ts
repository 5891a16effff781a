// Whether the server could be asked last time: what a browser says of its network is often wrong.
import { ref } from 'vue'

export const online = ref(navigator.onLine)
addEventListener('offline', () => (online.value = false))
addEventListener('online', () => (online.value = true))
