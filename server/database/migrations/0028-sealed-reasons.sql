-- Reasons and notes that earlier versions kept in the clear. The next start seals them.
alter table engagements add column stop_reason text;
alter table ownership_proofs add column note text;
grant update (stop_reason) on engagements to zh_app;
grant update (note) on ownership_proofs to zh_app;

-- The owner of the tables is bound by their policies too.
set local role zh_system;
update sealing_state set closed_at = null;
-- What a stopped tester was told held the reason of the stop order.
update exchanges set refusal = refusal || jsonb_build_object(
  'detail', 'testing was stopped, cease all activity at once',
  'detailZh', '测试已被紧急停止，请立即停止一切操作'
) where refusal ->> 'code' = 'stopped';
reset role;
