import { durationText } from './campaign-progress.js';

/** Says after each piece of work how many are done and, from how long they took, how long the rest takes. */
export function timeLeft(what: string, total: number, nowSeconds = () => performance.now() / 1000): () => void {
  const startedAt = nowSeconds();
  let done = 0;
  return () => {
    done += 1;
    const left = ((nowSeconds() - startedAt) / done) * (total - done);
    console.error(`${what}: ${done} of ${total} done${done < total ? `, about ${durationText(left)} left` : ''}`);
  };
}
