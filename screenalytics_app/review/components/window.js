// Which rows of a long grid are on screen.
import { useEffect, useLayoutEffect, useState } from "../lib.js";

const OVERSCAN = 2;

/** @typedef {{columns: number, cell: number, row: number, first: number, last: number}} Shape columns, px, px, and rows to draw */

/**
 * @param {{current: HTMLElement | null}} element
 * @param {{items: number, least: number, gap: number, extra: number}} size least width of a cell, space between cells,
 *   and height of a cell beyond its width, in px
 * @returns {Shape}
 */
export function useWindow(element, { items, least, gap, extra }) {
  const [width, setWidth] = useState(0);
  const [view, setView] = useState({ top: 0, bottom: 1000 });

  const look = () => {
    const box = element.current?.getBoundingClientRect();
    if (box) setView({ top: Math.round(-box.top), bottom: Math.round(innerHeight - box.top) });
  };
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => {
      setWidth(element.current?.clientWidth ?? 0);
      look();
    });
    if (element.current) observer.observe(element.current);
    setWidth(element.current?.clientWidth ?? 0);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    let frame = 0;
    const onScroll = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(look);
    };
    look();
    addEventListener("scroll", onScroll, { passive: true });
    addEventListener("resize", onScroll);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", onScroll);
      removeEventListener("resize", onScroll);
    };
  }, []);
  useEffect(look, [items]);

  const columns = Math.max(1, Math.floor((width + gap) / (least + gap)));
  const cell = Math.max(1, Math.floor((width - gap * (columns - 1)) / columns));
  const row = cell + extra + gap;
  const rows = Math.ceil(items / columns);
  const first = Math.max(0, Math.floor(view.top / row) - OVERSCAN);
  const last = Math.min(rows, Math.ceil(view.bottom / row) + OVERSCAN);
  return { columns, cell, row, first: Math.min(first, Math.max(0, rows - 1)), last };
}
