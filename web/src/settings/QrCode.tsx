import { useMemo } from 'react';
import { encode } from 'uqr';

// Dark on light in both themes: not every scanner reads it the other way round.
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => {
    const code = encode(text, { ecc: 'M', border: 2 });
    const dark: string[] = [];
    code.data.forEach((row, y) => {
      row.forEach((on, x) => {
        if (on) dark.push(`M${x} ${y}h1v1h-1z`);
      });
    });
    return { size: code.size, path: dark.join('') };
  }, [text]);
  return (
    <svg
      className="qr-code"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
